/* Attempts that say what came of them, so that a case cannot pass without having tried. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints "name: EPERM", or "name: done" where it was not refused. */
static inline void tried(const char *name, long result) {
    int error = errno;
    printf("%s: %s\n", name, result == -1 ? strerrorname_np(error) : "done");
    fflush(stdout);
}

/* A child's end: "exit 3" or "signal 31". */
static inline void ended(const char *name, pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) printf("%s: signal %d\n", name, WTERMSIG(status));
    else printf("%s: exit %d\n", name, WEXITSTATUS(status));
    fflush(stdout);
}
