// shows = "no file by its handle, which leads past every folder to any file of the same file system"
// outcome = "ok"
// stdout = "name_to_handle_at: EPERM\nopen_by_handle_at: EPERM\ninode 2: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    struct { struct file_handle head; unsigned char id[8]; } handle = {{8, 1, {}}, {2}};
    int mount;
    tried("name_to_handle_at", name_to_handle_at(AT_FDCWD, "/usr", &handle.head, &mount, 0));
    int usr = open("/usr", O_RDONLY);
    tried("open_by_handle_at", open_by_handle_at(usr, &handle.head, O_RDONLY));
    handle.head.handle_type = 1;
    tried("inode 2", open_by_handle_at(usr, &handle.head, O_RDONLY | O_DIRECTORY));
    return 0;
}
