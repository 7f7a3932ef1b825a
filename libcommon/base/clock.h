/*
 * clock.h - wall clock in milliseconds since 1970 (Kafka's timestamps),
 * a steady clock in nanoseconds, and which boot this is.
 *
 * Tests turn these: PLOG_TEST_NOW (milliseconds) fixes the wall clock,
 * PLOG_TEST_BOOT_ID names a file to read the boot id from; both are looked
 * at only when the process does not run with raised privileges.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define BOOT_ID_LEN	16

int64_t clock_wall_ms(void);
int64_t clock_steady_ns(void);		/* CLOCK_MONOTONIC */
int64_t clock_boot_ms(void);		/* CLOCK_BOOTTIME: goes on while suspended */
/* The 16 bytes of /proc/sys/kernel/random/boot_id; all zero when it cannot be read. */
void clock_boot_id(uint8_t id[BOOT_ID_LEN]);

#endif
