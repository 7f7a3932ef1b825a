# plog.  GNU make; `make help` lists the targets.
#
# B=DIR builds elsewhere (commands in DIR, modules in DIR/modules, objects in
# DIR/obj), so that another compiler or a sanitizer leaves the usual build be:
#	make B=build/asan CC=clang SAN=address,undefined
# WITHOUT='gzip kafka' leaves modules out, WITHOUT=all every optional one.

VERSION	= 0.1.0
PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
LIBDIR	?= $(PREFIX)/lib/plog
DATADIR	?= $(PREFIX)/share
B	?= .
O	:= $(if $(filter .,$(B)),build/release,$(B)/obj)
LIB	:= $(if $(filter .,$(B)),libcommon/libcommon.a,$(B)/libcommon.a)
PKG	?= pkg-config
INSTALL	?= install

# pkg-config's name and the Debian package of what is required.
DEBIAN	= libbsd-overlay:libbsd-dev libzstd:libzstd-dev libisal:libisal-dev jansson:libjansson-dev
LINKED	= libbsd-overlay libzstd libisal
# A module is the source that names a library, or a few of them (a pattern),
# loaded on demand: name:sources:pkg-config's name, of several with commas (or
# -lNAME, for a library that pkg-config does not know).
MODULE	= jsonin:libcommon/text/jsonin.c:jansson gzip:libcommon/codec/gzip.c:zlib \
	snappy:libcommon/codec/snappy.c:snappy lz4:libcommon/codec/lz4.c:liblz4 \
	regex:libcommon/text/regex.c:libpcre2-8 kafka:libcommon/backend/kafka/*.c:rdkafka \
	tls:cmd/agent/tls/*.c:openssl avro:cmd/agent/avro_schema.c:avro-c \
	http:cmd/agent/http.c:libcurl httpd:cmd/agent/httpd.c:libmicrohttpd hadoopxml:cmd/agent/sinks/hdfs/hadoopxml.c:expat bzip2:cmd/agent/sinks/hdfs/bzip2.c:-lbz2

comma	:= ,
part	= $(word $(2),$(subst :, ,$(1)))
pkgs	= $(subst $(comma), ,$(call part,$(1),3))
modsrc	= $(sort $(wildcard $(call part,$(1),2)))
exists	= $(if $(filter -l%,$(1)),$(shell echo 'int main(void){return 0;}' | $(CC) -x c -o /dev/null - $(1) 2>/dev/null && echo yes),$(shell $(PKG) --exists $(1) 2>/dev/null && echo yes))
cflags	= $(if $(filter -l%,$(1)),,$(shell $(PKG) --cflags $(1)))
libs	= $(if $(filter -l%,$(1)),$(1),$(shell $(PKG) --libs $(1)))
left	= $(if $(filter all $(call part,$(1),1),$(filter-out $(if $(filter jsonin:%,$(1)),all),$(WITHOUT))),yes)
usable	= $(and $(call modsrc,$(1)),$(if $(call left,$(1)),,yes),$(call exists,$(call pkgs,$(1))))
USED	:= $(foreach m,$(MODULE),$(if $(call usable,$(m)),$(m)))
NAMES	:= $(foreach m,$(USED),$(call part,$(m),1))

MODSRC	:= $(foreach m,$(MODULE),$(call modsrc,$(m)))
LIBSRC	:= $(filter-out $(MODSRC),$(sort $(wildcard libcommon/*/*.c)))
CMDS	:= $(patsubst cmd/%.c,%,$(sort $(wildcard cmd/plog-*.c)))
UNITS	:= $(patsubst t/%.c,$(O)/%,$(sort $(wildcard t/unit/*.c)))
SHIMS	:= $(patsubst t/helper/%.c,$(O)/helper/%.so,$(sort $(wildcard t/helper/preload-*.c)))
HELPERS	:= $(patsubst %.c,$(O)/helper/%,$(notdir $(filter-out t/helper/preload-%,$(sort $(wildcard t/helper/*.c t/bench/*.c)))))
insrc	= $(filter-out $(MODSRC),$(sort $(shell find cmd/$(1:plog-%=%) -name '*.c' 2>/dev/null)))
cmdsrc	= $(1:%=cmd/%.c) $(call insrc,$(1))
objs	= $(patsubst %.c,$(O)/%.o,$(1))

# Flags.  CFLAGS and LDFLAGS are the user's; what the compiler lacks is left out.
probe	= $(shell for f in $(1); do echo 'int main(void){return 0;}' | \
	$(CC) -Werror -O2 $$f -x c -o /dev/null - 2>/dev/null && echo $$f; done)
WARN	= -Wall -Wextra -Wshadow -Wswitch-enum -Wvla -Wmissing-prototypes -Wstrict-prototypes -Wpointer-arith
HARDEN	:= $(if $(SAN),,$(call probe,-D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection))
CFLAGS	?= $(if $(SAN),-O1,-O2) -g
override CPPFLAGS += -Ilibcommon -Icmd -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DPLOG_VERSION='"$(VERSION)"' \
	$(shell $(PKG) --cflags $(LINKED) 2>/dev/null)
ALLC	= -std=gnu11 $(WARN) $(HARDEN) -pthread -ffile-prefix-map=$(CURDIR)=. $(SANF) $(CPPFLAGS) $(CFLAGS)
SANF	= $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
ALLLD	= -pthread $(SANF) -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)
LDLIBS	:= $(shell $(PKG) --libs $(LINKED) 2>/dev/null) -ldl
Q	= $(if $(V),,@$(if $(findstring s,$(firstword -$(MAKEFLAGS))),,echo '  $(1)	$@';))

all: $(CMDS:%=$(B)/%) $(LIB) modules
modules: $(NAMES:%=$(B)/modules/plog-%.so)
helpers: $(HELPERS) $(SHIMS)
units: $(UNITS) modules

# Warnings are kept beside each object, so that lint need not compile again.
compile	= $(call Q,CC) mkdir -p $(@D); $(CC) $(1) $(ALLC) -MMD -MP -c -o $@ $< 2>$@.warn; rc=$$?; cat $@.warn >&2; exit $$rc
$(O)/libcommon/%.o: libcommon/%.c $(O)/flags | required
	$(call compile,-fPIC $(or $(MODC_$<),-fvisibility=hidden))
$(O)/%.o: %.c $(O)/flags | required
	$(call compile,$(if $(MODC_$<),-fPIC $(MODC_$<),-fPIE) $(if $(filter t/%,$<),-It))
$(O)/helper/preload-%.so: t/helper/preload-%.c $(O)/flags
	$(call Q,LD) mkdir -p $(@D); $(CC) $(filter-out -fsanitize%,$(ALLC)) -It -shared -fPIC -o $@ $< -ldl

$(LIB): $(call objs,$(LIBSRC))
	$(call Q,AR) mkdir -p $(@D); rm -f $@; $(AR) rcsD $@ $^

link	= $(call Q,LD) mkdir -p $(@D); $(CC) -pie $(ALLLD) -o $@ $(filter %.o,$^) $(filter %/agent.a,$^) $(LIB) $(LDLIBS)
define command
$(B)/$(1): $(call objs,$(cmdsrc)) $(LIB); $$(link)
endef
$(foreach c,$(CMDS),$(eval $(call command,$(c))))
# The agent's parts, for the tests that look at them: agent_*.c in t/unit, t/fuzz, t/helper.
$(O)/agent.a: $(call objs,$(call insrc,plog-agent))
	$(call Q,AR) rm -f $@; $(AR) rcsD $@ $^
$(filter $(O)/unit/agent_% $(O)/helper/agent_%,$(UNITS) $(HELPERS)): $(O)/agent.a
$(O)/unit/%: $(O)/t/unit/%.o $(LIB)
	$(link) && ln -sfn $(abspath $(B))/modules $(O)/unit/modules
$(O)/helper/%: $(O)/t/helper/%.o $(LIB); $(link)
$(O)/helper/%: $(O)/t/bench/%.o $(LIB); $(link)

define module
$(foreach s,$(call modsrc,$(1)),$(eval MODC_$(s) := -fvisibility=default $(call cflags,$(call pkgs,$(1)))))
$(B)/modules/plog-$(call part,$(1),1).so: $(call objs,$(call modsrc,$(1))) $(LIB) libcommon/base/module.map
	$$(call Q,LD) mkdir -p $$(@D); $$(CC) -shared $(if $(SAN),,-Wl,-z,defs) -Wl,-Bsymbolic,--version-script=libcommon/base/module.map \
	    $$(ALLLD) -o $$@ $$(filter %.o %.a,$$^) $(call libs,$(call pkgs,$(1))) $$(LDLIBS)
endef
$(foreach m,$(USED),$(eval $(call module,$(m))))

# Objects are made again when the compiler or its flags change.
$(O)/flags: FORCE
	@mkdir -p $(@D); echo "$$FLAGS" | cmp -s - $@ || echo "$$FLAGS" >$@
export FLAGS = $(CC) $(ALLC)

required:
	@bad=; command -v $(firstword $(CC)) >/dev/null || bad=' gcc libc6-dev'; \
	command -v $(PKG) >/dev/null || bad="$$bad pkg-config"; \
	for p in $(DEBIAN); do $(PKG) --exists $${p%%:*} 2>/dev/null || bad="$$bad $${p#*:}"; done; \
	[ -z "$$bad" ] || { echo "plog: cannot build without:$$bad (apt-get install$$bad)" >&2; exit 1; }

# Tests.  What they need is installed where that is allowed (.ci/deps).
unit: units
	@t/run -q $(UNITS)
lint: all $(UNITS) $(HELPERS) $(SHIMS)
	@B='$(B)' O='$(O)' LIB='$(LIB)' t/lint/all
check:
	@.ci/deps build optional test && MAKE='$(MAKE)' t/check
interop:
	@.ci/deps build optional test interop && MAKE='$(MAKE)' t/interop/run
fuzz bench:
	@.ci/deps build optional $@ && MAKE='$(MAKE)' t/$@/run
torture:
	@.ci/deps build optional test $@ && MAKE='$(MAKE)' t/torture/run
demo:
	@.ci/deps build optional demo && $(MAKE) -s all && share/examples/demo.sh

D	= $(DESTDIR)
KAFKA	= topics console-producer console-consumer consumer-groups
install: all
	$(INSTALL) -d $(D)$(BINDIR) $(D)$(LIBDIR) $(D)$(DATADIR)/bash-completion/completions \
	    $(D)$(DATADIR)/zsh/site-functions $(D)$(DATADIR)/fish/vendor_completions.d
	set -e; for c in $(CMDS); do $(INSTALL) $(B)/$$c $(D)$(BINDIR)/$$c; done; \
	for m in $(NAMES:%=plog-%.so); do $(INSTALL) -m 644 $(B)/modules/$$m $(D)$(LIBDIR)/$$m; done; \
	$(if $(FLUME_NG),$(INSTALL) share/flume-ng $(D)$(BINDIR)/flume-ng;) \
	$(if $(KAFKA_NAMES),for n in $(KAFKA:%=$(D)$(BINDIR)/kafka-%); do $(INSTALL) share/kafka-names $$n; $(INSTALL) share/kafka-names $$n.sh; done;) \
	for p in $(wildcard share/man/man?/*.[157]); do f=$(D)$(DATADIR)/$${p#share/}; $(INSTALL) -d $${f%/*}; $(INSTALL) -m 644 $$p $$f; done; \
	for f in $(wildcard completions/*); do n=$${f##*/}; case $$n in \
	    *.bash) $(INSTALL) -m 644 $$f $(D)$(DATADIR)/bash-completion/completions/$${n%.bash} ;; \
	    *.fish) $(INSTALL) -m 644 $$f $(D)$(DATADIR)/fish/vendor_completions.d/$$n ;; \
	    _*) $(INSTALL) -m 644 $$f $(D)$(DATADIR)/zsh/site-functions/$$n ;; esac; done
uninstall:
	rm -f $(CMDS:%=$(D)$(BINDIR)/%) $(patsubst share/%,$(D)$(DATADIR)/%,$(wildcard share/man/man?/*.[157])) \
	    $(patsubst completions/%.bash,$(D)$(DATADIR)/bash-completion/completions/%,$(wildcard completions/*.bash)) \
	    $(patsubst completions/%,$(D)$(DATADIR)/fish/vendor_completions.d/%,$(wildcard completions/*.fish)) \
	    $(patsubst completions/%,$(D)$(DATADIR)/zsh/site-functions/%,$(wildcard completions/_*))
	$(if $(FLUME_NG),rm -f $(D)$(BINDIR)/flume-ng)
	$(if $(KAFKA_NAMES),rm -f $(foreach n,$(KAFKA:%=$(D)$(BINDIR)/kafka-%),$(n) $(n).sh))
	rm -rf $(D)$(LIBDIR)
clean:
	rm -rf build modules libcommon/libcommon.a $(CMDS)
help:
	@echo 'make [all]        the commands, here'
	@echo 'make demo         a log flows through them; installs what is missing, where it may'
	@echo 'make check        lint, every compiler, sanitizers, all tests (10 minutes)'
	@echo 'make unit lint    the quick parts of it'
	@echo 'make bench        the table of speeds'
	@echo 'make torture fuzz the long runs     make interop  against Apache Kafka itself'
	@echo 'make install uninstall              PREFIX=$(PREFIX) DESTDIR= FLUME_NG=yes KAFKA_NAMES=yes'
	@echo 'make clean        B=DIR CC= CFLAGS= SAN=address,undefined WITHOUT=all V=1'

FORCE:
.PHONY: all modules helpers units required unit lint check interop torture fuzz bench demo install uninstall clean help FORCE
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $(O) -name '*.d' 2>/dev/null)
