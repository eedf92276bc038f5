/* Preloaded into a crawl: counts the calls that write below one folder, and lets one of them fail, or ends the process
   there. The environment says which (tests/faults.py):

   FAULTS_FOLDER  only files below it count
   FAULTS_ONLY    call:end-of-a-name, to count these alone: "pwrite:db-wal", ":db-wal"; empty: all
   FAULTS_AT      the how manyeth call it is; 0: none
   FAULTS_DO      an errno ("28"), "kill" (before the call), "torn" (half of a write, then kill), "late" (after the call)
   FAULTS_STAYS   1: every later call that writes fails as well, as on a disk that stays full
   FAULTS_LOG     a file that gets a line per call: its number, name and file */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *folder, *only, *what;
static long at, count;
static int stays, log_to = -1;
static pid_t owner;

/* Read the environment, at the start and in a process that was forked for another trial. */
__attribute__((constructor)) void faults_begin(void) {
    folder = getenv("FAULTS_FOLDER");
    only = getenv("FAULTS_ONLY");
    what = getenv("FAULTS_DO");
    at = getenv("FAULTS_AT") ? atol(getenv("FAULTS_AT")) : 0;
    stays = getenv("FAULTS_STAYS") != NULL;
    owner = getpid();
    count = 0;
    if (getenv("FAULTS_LOG")) log_to = open(getenv("FAULTS_LOG"), O_WRONLY | O_CREAT | O_APPEND, 0644);
}

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

/* Is it this call's turn? `path` may be relative to nothing but the working folder, which no archive of a test is. */
static int turn(const char *call, const char *path) {
    if (!folder || getpid() != owner || strncmp(path, folder, strlen(folder))) return 0;
    if (only && *only) {
        const char *end = strchr(only, ':');
        size_t name = end++ - only, length = strlen(end), whole = strlen(path);
        if ((name && (strncmp(only, call, name) || call[name])) || whole < length || strcmp(path + whole - length, end)) return 0;
    }
    long number = __sync_add_and_fetch(&count, 1);
    if (log_to >= 0) {
        char line[PATH_MAX + 64];
        int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path + strlen(folder));
        ssize_t (*put)(int, const void *, size_t) = next("write");
        if (put(log_to, line, length) != length) abort();
    }
    return at && (number == at || (stays && number > at));
}

static int turn_of(const char *call, int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return turn(call, path);
}

static int die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static int is(const char *word) { return what && !strcmp(what, word); }

/* What happens in place of the call: fails with an errno, or the process ends. 0: after the call. */
static int fails(void) {
    if (is("late")) return 0;
    if (is("kill") || is("torn")) die();
    errno = atoi(what);
    return 1;
}

#define CALL(call, type, parameters, arguments, condition)            \
    type call parameters {                                            \
        type(*real) parameters = next(#call);                         \
        int now = condition;                                          \
        if (now && fails()) return -1;                                \
        type result = real arguments;                                 \
        if (now) die();                                               \
        return result;                                                \
    }

#define WRITES(call, name, parameters, arguments, half)               \
    ssize_t call parameters {                                         \
        ssize_t(*real) parameters = next(#call);                      \
        int now = turn_of(name, fd);                                  \
        if (now && is("torn")) { real half; die(); }                  \
        if (now && fails()) return -1;                                \
        ssize_t result = real arguments;                              \
        if (now) die();                                               \
        return result;                                                \
    }

WRITES(write, "write", (int fd, const void *from, size_t n), (fd, from, n), (fd, from, n / 2))
WRITES(pwrite, "pwrite", (int fd, const void *from, size_t n, off_t o), (fd, from, n, o), (fd, from, n / 2, o))
WRITES(pwrite64, "pwrite", (int fd, const void *from, size_t n, off64_t o), (fd, from, n, o), (fd, from, n / 2, o))
CALL(fsync, int, (int fd), (fd), turn_of("fsync", fd))
CALL(fdatasync, int, (int fd), (fd), turn_of("fsync", fd))
CALL(ftruncate, int, (int fd, off_t n), (fd, n), turn_of("truncate", fd))
CALL(ftruncate64, int, (int fd, off64_t n), (fd, n), turn_of("truncate", fd))
CALL(rename, int, (const char *from, const char *to), (from, to), turn("rename", from))
CALL(unlink, int, (const char *path), (path), turn("unlink", path))
CALL(mkdir, int, (const char *path, mode_t mode), (path, mode), turn("mkdir", path))

#define OPENS(call)                                                   \
    int call(const char *path, int flags, ...) {                      \
        int (*real)(const char *, int, ...) = next(#call);            \
        va_list rest;                                                 \
        va_start(rest, flags);                                        \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                 \
        int now = flags & (O_WRONLY | O_RDWR) ? turn("open", path) : 0; \
        if (now && fails()) return -1;                                \
        int result = real(path, flags, mode);                         \
        if (now) die();                                               \
        return result;                                                \
    }

OPENS(open)
OPENS(open64)
