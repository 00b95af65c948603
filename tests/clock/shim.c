/* A clock that a test moves, preloaded into a process in place of the machine's wall clock.
 *
 * MOVED_CLOCK_FILE names a file of two int64, which tests/clock writes while the process runs:
 *   [0] offset in microseconds, added to the machine's wall clock
 *   [1] where not 0: the instant at which the clock stands still, microseconds since 1970
 * Monotonic clocks, and so timeouts, are left alone. Linux with 64-bit time only.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MILLION 1000000

static const volatile int64_t *moved; /* NULL until the file is mapped: the machine's own clock */

__attribute__((constructor)) static void map_the_file(void)
{
    const char *path = getenv("MOVED_CLOCK_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *mapped = file < 0 ? MAP_FAILED : mmap(NULL, 2 * sizeof *moved, PROT_READ, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED)
        abort(); /* a test on an unmoved clock would prove nothing */
    close(file);
    moved = mapped;
}

static void move(struct timespec *now)
{
    int64_t offset_us = moved ? moved[0] : 0, standing_us = moved ? moved[1] : 0;
    int64_t now_us = (int64_t)now->tv_sec * MILLION + now->tv_nsec / 1000 + offset_us;
    int64_t below_us = now->tv_nsec % 1000;
    if (standing_us) {
        now_us = standing_us;
        below_us = 0;
    }
    now->tv_sec = now_us / MILLION;
    now->tv_nsec = now_us % MILLION * 1000 + below_us;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        move(now);
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec moved_now;
    (void)zone; /* obsolete, and nobody asks */
    clock_gettime(CLOCK_REALTIME, &moved_now);
    now->tv_sec = moved_now.tv_sec;
    now->tv_usec = moved_now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now)
{
    struct timespec moved_now;
    clock_gettime(CLOCK_REALTIME, &moved_now);
    if (now)
        *now = moved_now.tv_sec;
    return moved_now.tv_sec;
}

/* Valkey reckons the wall clock from the processor's counter for a millisecond after each look at it, unless it
 * cannot read what processor it has. Then it looks each time, so that a jump holds at once. (On arm64 it does
 * not ask: there a jump may take that millisecond.) */
static FILE *open_other(const char *name_of_open, const char *path, const char *mode)
{
    FILE *(*next)(const char *, const char *) = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, name_of_open);
    if (strcmp(path, "/proc/cpuinfo") == 0) {
        errno = ENOENT;
        return NULL;
    }
    return next(path, mode);
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    return open_other("fopen", path, mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    return open_other("fopen64", path, mode);
}
