// One program per language that shows all that a run is given: it prints what a second file says, a
// line of standard input and its arguments, writes to standard error, and exits with 3.

export const EXPECTED = { stdout: 'helped: one line [a|b c]\n', stderr: 'to stderr', exit: 3 };
export const INPUTS = { stdin: 'one line\n', args: ['a', 'b c'] };

const file = (path, content) => ({ path, content });

export const PROGRAMS = {
  javascript: [
    file(
      'main.js',
      `const { help } = require('./lib/helper.js');
const line = require('fs').readFileSync(0, 'utf8').trim();
console.log(help() + ': ' + line + ' [' + process.argv.slice(2).join('|') + ']');
console.error('to stderr');
process.exitCode = 3;
`,
    ),
    file('lib/helper.js', "exports.help = () => 'helped';\n"),
  ],
  python: [
    file(
      'main.py',
      `import sys
from lib.helper import help_me
print(f"{help_me()}: {input()} [{'|'.join(sys.argv[1:])}]")
print("to stderr", file=sys.stderr)
sys.exit(3)
`,
    ),
    file('lib/helper.py', 'def help_me():\n    return "helped"\n'),
  ],
  java: [
    file(
      'Main.java',
      `import java.util.Scanner;
public class Main {
    public static void main(String[] args) {
        String line = new Scanner(System.in).nextLine();
        System.out.println(Helper.help() + ": " + line + " [" + String.join("|", args) + "]");
        System.err.println("to stderr");
        System.exit(3);
    }
}
`,
    ),
    file('Helper.java', 'class Helper {\n    static String help() { return "helped"; }\n}\n'),
  ],
  c: [
    file(
      'main.c',
      `#include <stdio.h>
#include <string.h>
#include "helper.h"
int main(int argc, char **argv) {
    char line[64];
    if (!fgets(line, sizeof line, stdin)) return 1;
    line[strcspn(line, "\\n")] = 0;
    printf("%s: %s [%s|%s]\\n", help(), line, argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "");
    fputs("to stderr", stderr);
    return 3;
}
`,
    ),
    file('helper.h', 'const char *help(void);\n'),
    file('helper.c', '#include "helper.h"\nconst char *help(void) { return "helped"; }\n'),
  ],
  cpp: [
    file(
      'main.cpp',
      `#include <iostream>
#include <string>
#include "helper.hpp"
int main(int argc, char **argv) {
    std::string line;
    std::getline(std::cin, line);
    std::cout << help() << ": " << line << " [" << argv[1] << "|" << argv[2] << "]\\n";
    std::cerr << "to stderr";
    return argc == 3 ? 3 : 1;
}
`,
    ),
    file('helper.hpp', '#include <string>\nstd::string help();\n'),
    file('helper.cpp', '#include "helper.hpp"\nstd::string help() { return "helped"; }\n'),
  ],
  go: [
    file(
      'main.go',
      `package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

func main() {
	line, _ := bufio.NewReader(os.Stdin).ReadString('\\n')
	fmt.Printf("%s: %s [%s]\\n", help(), strings.TrimSpace(line), strings.Join(os.Args[1:], "|"))
	fmt.Fprint(os.Stderr, "to stderr")
	os.Exit(3)
}
`,
    ),
    file('helper.go', 'package main\n\nfunc help() string { return "helped" }\n'),
  ],
  rust: [
    file(
      'main.rs',
      `mod helper;

fn main() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let args: Vec<String> = std::env::args().skip(1).collect();
    println!("{}: {} [{}]", helper::help(), line.trim(), args.join("|"));
    eprint!("to stderr");
    std::process::exit(3);
}
`,
    ),
    file('helper.rs', 'pub fn help() -> &\'static str {\n    "helped"\n}\n'),
  ],
  typescript: [
    file(
      'main.ts',
      `import { readFileSync } from 'node:fs';
import { help } from './lib/helper';
const line: string = readFileSync(0, 'utf8').trim();
console.log(\`\${help()}: \${line} [\${process.argv.slice(2).join('|')}]\`);
console.error('to stderr');
process.exitCode = 3;
`,
    ),
    file('lib/helper.ts', "export const help = (): string => 'helped';\n"),
  ],
  bash: [
    file(
      'main.sh',
      `. lib/helper.sh
read -r line
IFS='|'
echo "$(help_me): $line [$*]"
echo 'to stderr' >&2
exit 3
`,
    ),
    file('lib/helper.sh', 'help_me() { echo helped; }\n'),
  ],
  ruby: [
    file(
      'main.rb',
      `require_relative 'lib/helper'
puts "#{help}: #{$stdin.gets.strip} [#{ARGV.join('|')}]"
warn 'to stderr'
exit 3
`,
    ),
    file('lib/helper.rb', "def help = 'helped'\n"),
  ],
  php: [
    file(
      'main.php',
      `<?php
require 'lib/helper.php';
echo help(), ': ', trim(fgets(STDIN)), ' [', implode('|', array_slice($argv, 1)), "]\\n";
fwrite(STDERR, 'to stderr');
exit(3);
`,
    ),
    file('lib/helper.php', "<?php\nfunction help(): string { return 'helped'; }\n"),
  ],
  perl: [
    file(
      'main.pl',
      `use lib::Helper;
chomp(my $line = <STDIN>);
print lib::Helper::help(), ": $line [", join('|', @ARGV), "]\\n";
print STDERR 'to stderr';
exit 3;
`,
    ),
    file('lib/Helper.pm', "package lib::Helper;\nsub help { 'helped' }\n1;\n"),
  ],
  lua: [
    file(
      'main.lua',
      `local help = require('lib.helper')
print(help() .. ': ' .. io.read('l') .. ' [' .. table.concat(arg, '|') .. ']')
io.stderr:write('to stderr')
os.exit(3)
`,
    ),
    file('lib/helper.lua', "return function() return 'helped' end\n"),
  ],
  sql: [
    file(
      'main.sql',
      `create table input (line text);
.import /dev/stdin input
.read lib/helper.sql
select said || ': ' || line || ' [' || @a || '|' || @b || ']' from help, input;
.shell echo 'to stderr' >&2
.exit 3
`,
    ),
    file('lib/helper.sql', "create view help as select 'helped' as said;\n"),
  ],
};

/** Inputs in place of the usual: SQLite's shell takes statements and commands as arguments. */
export const ARGUMENTS = {
  sql: { args: [".parameter set @a 'a'", `.parameter set @b "'b c'"`] },
};

/** For each compiled language, a program whose second file does not compile. */
export const BROKEN = {
  java: [PROGRAMS.java[0], file('Helper.java', 'class Helper {\n    oops\n}\n')],
  c: [PROGRAMS.c[0], PROGRAMS.c[1], file('helper.c', 'oops oops;\n')],
  cpp: [PROGRAMS.cpp[0], PROGRAMS.cpp[1], file('helper.cpp', 'oops;\n')],
  go: [PROGRAMS.go[0], file('helper.go', 'package main\n\noops\n')],
  rust: [PROGRAMS.rust[0], file('helper.rs', 'oops\n')],
  typescript: [PROGRAMS.typescript[0], file('lib/helper.ts', 'export const help = (): string => 1;\n')],
};
