// shows = "names that are not text, very long, or look like options are only names"
// outcome = "ok"
// stdout = "300 characters: ENAMETOOLONG\n255 characters: done\nnot UTF-8: done\nnew line: done\noption: done\ndots: done\npath of 5000: ENAMETOOLONG\n"
// output_files = ["folder"]
// given_back = {}
// with = ["tried.h"]
#include "tried.h"
static long make(const char *name) { return open(name, O_CREAT | O_WRONLY, 0600); }
int main(void) {
    static char name[5001];
    memset(name, 'n', 300);
    mkdir("folder", 0755);
    chdir("folder");
    tried("300 characters", make(name));
    name[255] = 0;
    tried("255 characters", make(name));
    tried("not UTF-8", make("\xff\xfe\x01"));
    tried("new line", make("a\nb"));
    tried("option", make("--checkpoint-action=exec=sh"));
    tried("dots", make("..."));
    for (int i = 0; i < 5000; i++) name[i] = i % 2 ? '/' : 'a';
    tried("path of 5000", make(name));
    return 0;
}
