// shows = "odd and old corners of the kernel are closed"
// outcome = "ok"
// stdout = "modify_ldt: EPERM\npersonality: EPERM\nuselib: EPERM\nsysfs: EPERM\nustat: EPERM\nnfsservctl: EPERM\nlookup_dcookie: EPERM\nset_mempolicy of others: EPERM\nnewer than the table: ENOSYS\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/personality.h>
int main(void) {
    char words[64] = {0};
    tried("modify_ldt", syscall(SYS_modify_ldt, 1, words, 16));
    tried("personality", personality(READ_IMPLIES_EXEC));
    tried("uselib", syscall(SYS_uselib, "/box/x"));
    tried("sysfs", syscall(SYS_sysfs, 3));
    tried("ustat", syscall(SYS_ustat, 0, words));
    tried("nfsservctl", syscall(SYS_nfsservctl, 0, 0, 0));
    tried("lookup_dcookie", syscall(SYS_lookup_dcookie, 0, 0, 0));
    tried("set_mempolicy of others", syscall(SYS_migrate_pages, 1, 0, 0, 0));
    tried("newer than the table", syscall(1000));
    return 0;
}
