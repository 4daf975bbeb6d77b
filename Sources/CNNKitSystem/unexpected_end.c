// The program's end where it was not the program that wanted it: a plugin crashed, or called exit().

#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "CNNKitSystem.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif
#include <time.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

static _Atomic bool is_expected;
_Thread_local const void *nnk_called;

enum { CRASH_STACK = 65536 };

/* What follows calls the kernel itself. The C library's write() and sleep() first read in the thread's own data whether the thread
   is to be cancelled, and raise() reads its number there: a plugin may have overwritten them. */
static void say(const char *text) {
#ifdef __linux__
  syscall(SYS_write, STDERR_FILENO, text, strlen(text));
#else
  if (write(STDERR_FILENO, text, strlen(text)) < 0) return;
#endif
}

/* Whether a library is the system's or Swift's: a plugin's mistake may only show in them. */
static bool is_system(const char *path) {
  static const char *const beginnings[] = {
      "libc.", "libm.",      "libpthread.", "ld-linux",      "libgcc_s.",      "libstdc++.",   "libltdl.",
      "libz.", "linux-vdso", "libswift",    "libFoundation", "lib_Foundation", "libdispatch.", "libBlocksRuntime.",
  };
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
    if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0) return true;
  }
  return false;
}

/* The file of the plugin that is called, or of the innermost function on the stack that is neither the program's nor the
   system's; NULL if there is none. A plugin that wrote beyond its buffers has left no stack that could be read. */
static const char *culprit(void) {
  void *frames[128];
  Dl_info program, place;
  if (!dladdr((void *)culprit, &program)) return NULL;
  if (nnk_called && dladdr(nnk_called, &place) && place.dli_fname && place.dli_fbase != program.dli_fbase)
    return place.dli_fname;
  int count = backtrace(frames, 128);
  for (int i = 0; i < count; i++) {
    if (!dladdr(frames[i], &place) || !place.dli_fname || place.dli_fbase == program.dli_fbase) continue;
    if (!is_system(place.dli_fname)) return place.dli_fname;
  }
  return NULL;
}

/* The plugins that are not bundled, in memory that no plugin overwrites by mistake; NULL if there are none. */
static char *others;

void nnk_note_plugin(const char *file) {
  enum { SIZE = 4096 };
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  void *memory = others ? others : mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED && mprotect(memory, SIZE, PROT_READ | PROT_WRITE) == 0) {
    others = memory;
    size_t length = strlen(others), more = strlen(file);
    if (!strstr(others, file) && length + more + 3 < SIZE) {
      if (length) memcpy(others + length, ", ", 2), length += 2;
      memcpy(others + length, file, more + 1);
    }
    mprotect(memory, SIZE, PROT_READ);
  }
  pthread_mutex_unlock(&lock);
}

static void at_exit(void) {
  if (atomic_load(&is_expected)) return;
  const char *file = culprit();
  say("error: ");
  say(file ? file : "a plugin");
  say(": the plugin has ended the program with exit(), which no plugin may do; `nnkit plugins check` finds the call\n");
  _exit(1);
}

#ifndef SANITIZED
static const struct {
  int number;
  const char *text;
} crashes[] = {
    {SIGSEGV, "segmentation fault"},          {SIGBUS, "bus error"}, {SIGILL, "illegal instruction"},
    {SIGFPE, "illegal arithmetic operation"}, {SIGTRAP, "trap"},     {SIGABRT, "abort()"},
};

static void tell_crash(int number, const char *file) {
  say("error: ");
  say(file ? file : "nnkit");
  say(file ? ": the plugin has crashed (" : " has crashed (");
  for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
    if (crashes[i].number == number) say(crashes[i].text);
  }
  if (file) {
    say("); `nnkit plugins check` finds the call\n");
  } else if (others) {
    say("), perhaps because a plugin has written outside of its arrays: `nnkit plugins check` examines ");
    say(others);
    say("\n");
  } else if (nnk_memory_limit() != UINT64_MAX) {
    say("), perhaps for lack of memory: a limit is set for this process (`ulimit -v`, `ulimit -d`)\n");
  } else {
    say("), which is a mistake in nnkit: please report it, with the command and its files\n");
  }
}

static long this_thread(void) {
#ifdef __linux__
  return syscall(SYS_gettid);
#else
  return (long)(uintptr_t)pthread_self();
#endif
}

static void wait_a_second(void) {
#ifdef __linux__
  const struct timespec second = {.tv_sec = 1};
  syscall(SYS_nanosleep, &second, NULL);
#else
  sleep(1);
#endif
}

/* Who started the program may have blocked the signal. */
static void let_through(int number) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  pthread_sigmask(SIG_UNBLOCK, &one, NULL);
}

/* The process is to end by this signal. */
static void end_by(int number) {
  signal(number, SIG_DFL);
  let_through(number);
#ifdef __linux__
  syscall(SYS_tgkill, getpid(), this_thread(), number);
#else
  raise(number);
#endif
  _exit(128 + number);
}

/* How many crashes there were while the first was reported: libraries' memory may be overwritten, too. */
static _Atomic int crash_count;
/* The signal of the first. */
static _Atomic int crash_number;

/* Looking for the culprit has not come to an end. */
static void at_alarm(int number) {
  (void)number;
  tell_crash(atomic_load(&crash_number), NULL);
  end_by(atomic_load(&crash_number));
}

static void at_crash(int number, siginfo_t *information, void *context) {
  (void)context;
  static _Atomic long teller;
  long first = 0;
  if (!atomic_compare_exchange_strong(&teller, &first, this_thread())) {
    // Another thread's crash is not reported: this one has a second to end.
    if (first != this_thread())
      wait_a_second();
    else if (atomic_fetch_add(&crash_count, 1) == 0)
      tell_crash(number, NULL);
    end_by(number);
  }
  atomic_store(&crash_number, number);
  signal(SIGALRM, at_alarm);
  let_through(SIGALRM);
  alarm(2);
  const char *file = culprit();
  // Unless another process sent it.
  if (information->si_code > 0 || information->si_pid == getpid()) tell_crash(number, file);
  end_by(number);
}

/* The C library has the kernel note in the thread's own data on which processor it runs (restartable sequences, rseq(2)). Where a
   plugin has overwritten them, the kernel ends the process before it calls at_crash: without the notes it does not read them.
   sched_getcpu() then takes some nanoseconds more. */
static void stop_processor_notes(void) {
#ifdef RSEQ_SIG
  if (__rseq_size == 0) return;
  /* The length that the C library has given, no other: at least that of the first version. */
  const unsigned length = __rseq_size < 32 ? 32 : __rseq_size;
  syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset, length, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
#endif
}
#endif

void nnk_report_unexpected_end(void) {
  void *frame;
  // Its first call loads a library, which a crash may not allow.
  backtrace(&frame, 1);
  atexit(at_exit);
#ifdef __linux__
  at_quick_exit(at_exit);
#endif
#ifndef SANITIZED
  nnk_begin_crash_stack();
  struct sigaction action = {.sa_sigaction = at_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
    sigaction(crashes[i].number, &action, NULL);
    let_through(crashes[i].number);
  }
#endif
}

void *nnk_begin_crash_stack(void) {
#ifdef SANITIZED
  return NULL;
#else
  stop_processor_notes();
  void *memory = malloc(CRASH_STACK);
  const stack_t stack = {.ss_sp = memory, .ss_size = CRASH_STACK};
  if (memory) sigaltstack(&stack, NULL);
  return memory;
#endif
}

void nnk_end_crash_stack(void *memory) {
  const stack_t none = {.ss_flags = SS_DISABLE};
  if (memory) sigaltstack(&none, NULL);
  free(memory);
}

void nnk_expect_end(void) { atomic_store(&is_expected, true); }
