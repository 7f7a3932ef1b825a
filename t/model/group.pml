/*
 * group.pml - one partition of a consumer group: join, claim, batch, commit,
 * give up, die, stand still, be fenced.  SPIN walks through every order in
 * which the steps of N members can meet (t/model/run).
 *
 * A step stands for the C function named beside it.  What one system call makes
 * indivisible is one step, and so is what happens under the partition's byte up
 * to the write.  Any member may die between two steps.  Any may rest there for
 * as long as it takes the others to do all they can; member 0 may be seen
 * resting (SIGSTOP), and then be fenced before it goes on or after.  Who is to
 * have the partition (assignment.N) is left out: here everybody wants it all
 * the time, which is worse.
 *
 * Commit and the look before a batch compare the generation alone.  The C code
 * compares the owner too; the model shows that it need not.
 *
 * What is asserted:
 *	ROBBED	nobody loses the partition who lives, and was not fenced
 *	COMMIT	who writes a position owns the partition, in this very tenure
 *	ORDER	a position never moves back and never skips
 *	LATE	after a fence the batch in hand is delivered, and no other
 *
 * MUTANT=n takes one precaution away, and then an assertion must fail:
 *	1	a commit does not compare generations
 *	2	who takes from a fenced member does not raise the generation
 *	3	a member's file gets its name before it is locked
 *	4	a commit compares generations before it takes the byte
 *	5	who takes the partition does not look again under the byte
 */
#ifndef N
#define N	4
#endif
#ifndef CLAIMS
#define CLAIMS	4	/* so many are looked at */
#endif
#ifndef BATCHES
#define BATCHES	3
#endif
#ifndef DEATHS
#define DEATHS	1
#endif
#ifndef MUTANT
#define MUTANT	0
#endif
#define NOBODY	N

/* Of the kernel: processes, the locks on the members' files, the partition's byte of the group's lock. */
bool alive[N] = true;
bool locked[N];
byte holder = NOBODY;

/* Of the directory: the members' files by their names, the marks. */
bool named[N];
bool fenced[N];

/* The newest slot of the partition (store/offsets.h). */
byte owner = NOBODY;
byte generation;
byte offset;

/* For the assertions, known to nobody: each claim begins a tenure. */
byte tenure;
byte deaths;
bool stood;		/* the others have seen member 0 stand still for long enough */
byte joined = 1;	/* members 1 and up are alike, so they join in turn: less to look at, and nothing missed */

/*
 * member_life(), by the kernel's word, and peers_gone(): what was found once is
 * not asked again.  A lock that was dropped, a name that was taken away and a
 * mark stay so: what is found need not be kept, but where it can be wrong.
 */
#define DEAD(m)	(!named[m] || !locked[m] || fenced[m])
#if MUTANT == 3
bool found[N];
#define GONE(m)	(found[m] || DEAD(m))
#else
#define GONE(m)	DEAD(m)
#endif
#define FREE	(owner == NOBODY || (owner != _pid && GONE(owner)))

active [N] proctype member()
{
	byte mine;		/* generation of the own claim (struct mpart) */
	byte at;		/* the next offset to deliver */
	byte my_tenure, late;
	bool same;

	{
	/* member_file_make() */
	atomic {
		_pid == 0 || _pid == joined;
		if
		:: _pid > 0 -> joined++
		:: else
		fi
	};
#if MUTANT == 3
	named[_pid] = true;
	if	/* lives(): the look of another */
	:: found[_pid] = true
	:: skip
	fi;
	locked[_pid] = true;
#else
	locked[_pid] = true;
	named[_pid] = true;
#endif

idle:	/* the membership thread: peers_tick(), claim_all() */
	do
	:: atomic { _pid != 0 && stood && named[0] -> fenced[0] = true }	/* look_at_beat(), member_fence() */
	:: atomic { FREE && tenure < CLAIMS -> break }	/* offsets_claim(): the first look, without the byte */
	:: goto leave
	od;
	atomic { /* lock_take(), and the look that counts */
		holder == NOBODY -> holder = _pid;
#if MUTANT == 5
		same = true
#else
		same = FREE
#endif
	}
	if
	:: atomic { !same -> holder = NOBODY; goto idle }
	:: else
	fi;
	atomic { /* put(): one pwrite; lock_drop() */
		assert(owner == NOBODY || !alive[owner] || fenced[owner]);	/* ROBBED */
#if MUTANT == 2
		if
		:: owner != NOBODY && fenced[owner]
		:: else -> generation++
		fi;
#else
		generation++;
#endif
		owner = _pid;
		mine = generation;
		at = offset;
		tenure++;
		my_tenure = tenure;
		same = false;
		holder = NOBODY
	}

	do
	:: atomic { at < BATCHES && generation == mine -> skip };	/* local_member_owns(), before each batch */
		atomic { /* the reader takes the batch, or the command ends with status 0 */
			if
			:: my_tenure != tenure -> late++
			:: else
			fi;
			assert(late <= 1);	/* LATE */
			at++
		}
		/* local_member_commit(), offsets_commit() */
#if MUTANT == 4
		same = (generation == mine);
		atomic { holder == NOBODY -> holder = _pid };
#else
		atomic { holder == NOBODY -> holder = _pid; same = (generation == mine) };
#endif
#if MUTANT == 1
		same = true;
#endif
		if
		:: atomic { !same -> holder = NOBODY; goto leave }	/* not_ours(): it was fenced, and that is for ever */
		:: else
		fi;
		atomic { /* put(), lock_drop() */
			assert(owner == _pid && tenure == my_tenure);	/* COMMIT */
			assert(at == offset + 1);			/* ORDER */
			offset = at;
			same = false;
			holder = NOBODY
		}
	:: atomic { generation != mine -> goto leave }
	:: /* local_member_give_up(), offsets_release() */
		atomic { holder == NOBODY -> holder = _pid; same = (generation == mine) };
		atomic {
			if
			:: same -> owner = NOBODY
			:: else
			fi;
			mine = 0;
			my_tenure = 0;
			at = 0;
			same = false;
			holder = NOBODY;
			goto idle
		}
	od;

leave:	/* local_member_leave(): what it owned was given up before; or a death */
	alive[_pid] = false
	} unless { !alive[_pid] };
	atomic {
		named[_pid] = false;
		locked[_pid] = false;
		mine = 0;
		my_tenure = 0;
		at = 0;
		late = 0;
		same = false
	}
}

/* kill -9 at any moment; SIGSTOP of member 0. */
active proctype world()
{
	byte m;

	do
	:: deaths < DEATHS -> atomic {
		select (m : 0 .. N - 1);
		if
		:: alive[m] ->
			alive[m] = false;
			locked[m] = false;
			deaths++;
			if
			:: holder == m -> holder = NOBODY
			:: else
			fi
		:: else
		fi;
		m = 0
	}
	:: stood = true
	od
}
