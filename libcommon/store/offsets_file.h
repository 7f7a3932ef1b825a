/*
 * offsets_file.h - what offsets.c (slots) and offsets_file.c (the file they
 * are in) share.  Nobody else includes it.
 */
#ifndef STORE_OFFSETS_FILE_H
#define STORE_OFFSETS_FILE_H

#include "store/offsets.h"

#define HEAD_BYTES	128
#define SLOT_BYTES	128
#define PARTITION_BITS	17		/* 2^17 > TOPIC_PARTITIONS_MAX */
#define FILE_BYTE	((1 << PARTITION_BITS) - 1)	/* behind the partitions' bytes: who makes the file grow */

/* The two slots of a partition that nobody ever had. */
void offsets_first_slots(uint8_t b[2 * SLOT_BYTES]);

#endif
