/*
 * sink.h - the way of records into the topic: opened when the first record is
 * there, partition chosen, reports written, counted.
 *
 *	sink_open(&s, &o, stop);		// dies; a store or topic that is not there is no error yet
 *	rc = sink_put(&s, &rec, partition);	// for each record
 *	rc = sink_dry(&s);			// nothing more to read at the moment
 *	status = sink_close(&s);
 *
 * A record that cannot be taken is SINK_REFUSED, s->e says why, and the next
 * may go on; SINK_FAILED ends the run: nothing more can be stored, and that
 * was said.
 */
#ifndef PRODUCE_SINK_H
#define PRODUCE_SINK_H

#include <signal.h>

#include "produce/options.h"
#include "tool/progress.h"

enum sink_rc { SINK_TAKEN = 0, SINK_REFUSED = 1, SINK_FAILED = -1 };

struct sink {
	const struct options *o;
	const volatile sig_atomic_t *stop;
	struct backend *be;
	struct producer *p;
	bool ready;			/* the topic is there */
	int32_t npartitions;
	bool single;			/* every record goes to `fixed` */
	int32_t fixed;
	struct partitioner pt;
	bool keyless;			/* the last pick was of a record without key: its batch is being watched */
	uint64_t taken;			/* records put */
	uint64_t lost;			/* read, but not put, when the run ended */
	struct buf out;			/* reports */
	bool out_ended;			/* nobody can be told any more: the run ends */
	bool out_gone;			/* for the reader of the reports went away */
	bool failed;
	bool some_failed;		/* records that were put were not stored */
	bool input_failed;		/* not all of the input was taken: no transaction is committed */
	struct err e;
	struct progress progress;
};

void sink_open(struct sink *, const struct options *, const volatile sig_atomic_t *stop);
/* The longest record worth reading. */
size_t sink_max_record(struct sink *);
/* partition: what the record itself says, or -1. */
enum sink_rc sink_put(struct sink *, const struct record *, int32_t partition);
/* The same for n values; *done were taken, also when the next is refused. */
enum sink_rc sink_put_values(struct sink *, const struct record *like, const struct slice *values, size_t n, size_t *done);
enum sink_rc sink_put_batch(struct sink *, struct slice batch);
/* Input is looked at again: what is due goes out; *wait_ms as backend.h's tick. */
enum sink_rc sink_tick(struct sink *, int64_t *wait_ms);
/* Input ran dry: all goes out, unless --linger says to wait; then reports. */
enum sink_rc sink_dry(struct sink *);
/* Everything out and synced, told how much (bytes: read); an exit status. */
int sink_close(struct sink *, uint64_t bytes);

#endif
