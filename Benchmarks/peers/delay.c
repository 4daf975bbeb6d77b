// Two network interfaces, each in a network namespace, between which packets travel for so many microseconds: what tc netem
// does, where the kernel has no netem. networks.py compiles and starts it, and ends it to take the interfaces away.
//
//     delay NAMESPACE INTERFACE NAMESPACE INTERFACE MICROSECONDS
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

// A direction: what has been read of one interface and is not due at the other, the oldest first.
enum { PACKETS = 1 << 14, MOST = 1 << 16 };
typedef struct {
  int from, to;
  size_t first, count;
  struct {
    int64_t due;
    ssize_t size;
    char *bytes;
  } packets[PACKETS];
} line;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int fail(const char *what) {
  perror(what);
  exit(1);
}

static int interface(const char *space, const char *name) {
  char path[256];
  snprintf(path, sizeof path, "/var/run/netns/%s", space);
  const int where = open(path, O_RDONLY);
  if (where < 0 || setns(where, CLONE_NEWNET) != 0) fail(path);
  close(where);
  const int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  if (device < 0) fail("/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  if (ioctl(device, TUNSETIFF, &request) != 0) fail(name);
  return device;
}

// Reads what has come, and writes what is due.
static void move(line *line, int64_t delay) {
  static char packet[MOST];
  while (line->count < PACKETS) {
    const ssize_t size = read(line->from, packet, sizeof packet);
    if (size <= 0) break;
    const size_t place = (line->first + line->count) % PACKETS;
    char *bytes = malloc((size_t)size);
    if (!bytes) break;
    memcpy(bytes, packet, (size_t)size);
    line->packets[place].due = now() + delay;
    line->packets[place].size = size;
    line->packets[place].bytes = bytes;
    ++line->count;
  }
  while (line->count > 0 && line->packets[line->first].due <= now()) {
    if (write(line->to, line->packets[line->first].bytes, (size_t)line->packets[line->first].size) < 0 && errno == EAGAIN)
      break;
    free(line->packets[line->first].bytes);
    line->first = (line->first + 1) % PACKETS;
    --line->count;
  }
}

int main(int count, char **words) {
  if (count != 6) return fprintf(stderr, "delay NAMESPACE INTERFACE NAMESPACE INTERFACE MICROSECONDS\n"), 2;
  static line lines[2];
  const int64_t delay = atoll(words[5]) * 1000;
  lines[0].from = lines[1].to = interface(words[1], words[2]);
  lines[1].from = lines[0].to = interface(words[3], words[4]);
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    move(&lines[0], delay);
    move(&lines[1], delay);
    int64_t next = now() + 100000000;
    for (int i = 0; i < 2; ++i)
      if (lines[i].count > 0 && lines[i].packets[lines[i].first].due < next) next = lines[i].packets[lines[i].first].due;
    const int64_t wait = next - now();
    const struct timespec time = {wait > 0 ? wait / 1000000000 : 0, wait > 0 ? wait % 1000000000 : 1000};
    struct pollfd polls[2] = {{lines[0].from, POLLIN, 0}, {lines[1].from, POLLIN, 0}};
    ppoll(polls, 2, &time, NULL);
  }
}
