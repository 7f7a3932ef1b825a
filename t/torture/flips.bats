#!/usr/bin/env bats
# Every bit of a 64 KiB segment of three batches wrong, half a million in each codec: verify finds it, and reads the other
# two batches; a reader says the damage where it is, delivers no wrong record, and all others.  A test is half a minute.

load ../helper/lib

setup_file() {
	# Half a million files are opened: in memory, where that is possible.
	[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
}

flips() { # PROGRAM CODEC
	PLOG_TORTURE=$2 run -0 timeout 600 "$PLOG_HELPER/../unit/$1"
	# Each bit was looked at: to open it is one check, what came of it another.
	[[ $output =~ ^([0-9]+)\ checks$ ]]
	[ "${BASH_REMATCH[1]}" -gt $((65536 * 8 * 2)) ]
}

@test "verify, none" { flips verify none; }
@test "verify, gzip" { flips verify gzip; }
@test "verify, snappy" { flips verify snappy; }
@test "verify, lz4" { flips verify lz4; }
@test "verify, zstd" { flips verify zstd; }
@test "a reader, none" { flips reader_damage none; }
@test "a reader, gzip" { flips reader_damage gzip; }
@test "a reader, snappy" { flips reader_damage snappy; }
@test "a reader, lz4" { flips reader_damage lz4; }
@test "a reader, zstd" { flips reader_damage zstd; }
