/* What Swift cannot call well of the system: threads that share work, crash and exit handlers, process and file attributes. */
#ifndef CNNKITSYSTEM_H
#define CNNKITSYSTEM_H

#include <stddef.h>
#include <stdint.h>

/* `count` threads that help their caller; NULL without memory. Fewer where the system gives fewer. */
typedef struct nnk_threads nnk_threads;
nnk_threads *nnk_threads_new(size_t count);
/* Calls work(context, chunk) for each chunk from 0 to chunks - 1, at most 65,535, on these threads and the caller's, and
   returns when all are done. A thread begins with the same chunks call after call, and then takes what others have not begun;
   it has one at a time. The caller calls beside(context) first, unless that is NULL, while others begin. Callers take turns;
   work must not call this again. */
void nnk_threads_run(nnk_threads *threads, size_t chunks, void (*work)(void *context, size_t chunk),
                     void (*beside)(void *context), void *context);
/* Ends the threads. */
void nnk_threads_free(nnk_threads *threads);

/* Writes the SHA-256 of `count` bytes. */
void nnk_sha256(const uint8_t *bytes, size_t count, uint8_t digest[32]);

/* Writes a file's access control list as Linux keeps it (linux/posix_acl_xattr.h); how many bytes, -1 if it has none. */
ptrdiff_t nnk_access_list(const char *path, uint8_t *bytes, size_t size);

/* When a file, or what a link leads to, was last changed, in nanoseconds since 1970; -1 if there is no such file. */
int64_t nnk_modification_time(const char *path);

/* Whether from now on this process is the parent of all processes below it whose own parent has ended. */
void nnk_adopt_orphans(int is_parent);

/* How this thread computes: its rounding, what becomes of tiny numbers, which exceptions are signals. */
uint64_t nnk_float_control(void);

/* Has pauses of this thread end in time: the system otherwise prolongs them by up to 50 microseconds. */
void nnk_pause_exactly(void);

/* The processors on which this thread may run, a bit each. */
void nnk_processors(uint8_t *bits, size_t size);
/* The time that this process's control group may use, as a container's, in processors; infinite where there is no limit. `root` as
   in nnk_memory. */
double nnk_processor_quota(const char *root);
/* How many processors this process can use at a time, at least 1: those on which it may run, or fewer where its control group
   may use less time, rounded. `root` as in nnk_memory. */
size_t nnk_processor_count(const char *root);

/* A process that is started with these actions (posix_spawn_file_actions_t) inherits no descriptor from `first` on. Called
   last. Does nothing where the system's library cannot. */
void nnk_inherit_below(void *actions, int first);

/* Returns when one of this process's children, `children[0 ..< count]`, has ended; or after so many milliseconds, or when a
   signal was handled. Does not reap the child. */
void nnk_await_end(const int32_t *children, size_t count, int milliseconds);

/* A descriptor of an empty file that is in no folder; -1 if there can be none. */
int nnk_memory_file(void);

/* Memory that processes of one machine share: whole pages of a file of nnk_memory_file. What returns a number returns 0, or
   the system's error. */
int nnk_extend_file(int file, size_t bytes);
/* Whole pages of memory become those of the file, and hold what they held; and back. */
int nnk_share_pages(void *pages, size_t bytes, int file, size_t offset);
int nnk_unshare_pages(void *pages, size_t bytes);
/* Whole pages of memory become those of a file, also of another process, and hold what the file holds. */
int nnk_map_pages(void *pages, size_t bytes, const char *path, size_t offset);
/* The memory of a file, also of another process; NULL if it cannot be had. */
void *nnk_map_file(const char *path, size_t bytes);
void nnk_unmap_file(void *pages, size_t bytes);

/* A gate, 256 bytes of shared memory, at first 0, that opens when `count` processes have arrived. Arriving returns what to
   wait with; waiting returns whether it has opened, after about so many milliseconds at most. */
uint32_t nnk_gate_arrive(void *gate, uint32_t count);
int nnk_gate_wait(void *gate, uint32_t turn, int milliseconds);

/* The description of a plugin that is linked into the program, by its number from 0; NULL for the number after the last. */
const void *nnk_linked_plugin(size_t number);

/* How many bytes of memory this process can have: those of the machine, or fewer where a limit is set for the process or for
   its control group, as for a container. `root` is the folder that stands for "/", without a slash at its end. */
uint64_t nnk_memory(const char *root);
/* The limit that is set for the process (`ulimit -v`, `ulimit -d`); the greatest number if there is none. Signal handlers may
   call it. */
uint64_t nnk_memory_limit(void);

/* How many bytes of the heap are in use; 0 where the system does not say. */
int64_t nnk_heap_bytes(void);

/* From now on memory of more than a megabyte goes back to the system when it is freed. For the whole process, once. */
void nnk_return_large_memory(void);

/* From now on a crash, and an end by exit() before nnk_expect_end(), is reported on standard error with the file that it comes
   from, as far as that can be known; such an end has exit code 1, a crash its signal. For the whole process, once. */
void nnk_report_unexpected_end(void);
/* The code of the plugin that this thread calls, or NULL: if the call ends the process, this identifies the plugin, whatever
   became of the stack. */
extern _Thread_local const void *nnk_called;
static inline void nnk_begin_call(const void *code) { nnk_called = code; }
static inline void nnk_end_call(void) { nnk_called = NULL; }
/* Has a crash that comes from nowhere name a plugin: it may have overwritten memory of others. From any thread. */
void nnk_note_plugin(const char *file);
/* A stack of its own on which this thread's crash is reported, since the other may have overflowed; NULL without memory. From
   now on the report does not need the thread's own data, either. */
void *nnk_begin_crash_stack(void);
/* Frees it, which may be NULL. */
void nnk_end_crash_stack(void *stack);
/* From any thread: the process may end by exit() now. */
void nnk_expect_end(void);

#endif
