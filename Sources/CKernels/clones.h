// Every loop is compiled for several x86-64 levels and chosen when the program loads; plain on other machines, and
// under ThreadSanitizer, whose instrumentation cannot run in the resolvers.
#ifndef CLONES_H
#define CLONES_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NNK_PLAIN 1
#endif
#endif

#if defined(__x86_64__) && defined(__linux__) && !defined(NNK_PLAIN)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

#endif
