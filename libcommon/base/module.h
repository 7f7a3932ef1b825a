/*
 * module.h - parts that are loaded when an option asks for them.
 *
 * A library that only some option needs (zlib, lz4, snappy, jansson, PCRE2,
 * librdkafka) is not linked into the commands: the one source file that names
 * it is built into a module, plog-NAME.so, which exports one const table
 * called plog_module_NAME.  Modules stand beside the commands in a build
 * (DIR/modules/) and in ../lib/plog/ of an installation, both relative to the
 * running program, so neither the environment nor the working directory
 * decides what is loaded.
 *
 * A module carries its own copy of what it uses of libcommon, which has no
 * mutable state.  A table's first member is its version, MODULE_VERSION.
 */
#ifndef BASE_MODULE_H
#define BASE_MODULE_H

#include "base/err.h"

#define MODULE_VERSION	1

/*
 * The table of module NAME; loaded at the first call and kept.  NULL with
 * ERR_ABSENT and "built without NAME support (Debian package ...)" when the
 * module is not there.
 */
const void *module_load(const char *name, struct err *);

#endif
