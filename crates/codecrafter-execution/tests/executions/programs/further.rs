//! What `programs` says, in the languages that a server need not have.

/// Prints its arguments and the variable GREETING, one a line, and exits with 3.
pub(super) fn reports(language: &str) -> &'static str {
    match language {
        "bash" => "printf '%s\\n' \"$@\" \"$GREETING\"\nexit 3",
        "lua" => "for _, a in ipairs(arg) do print(a) end\nprint(os.getenv('GREETING'))\nos.exit(3)",
        "perl" => "print \"$_\\n\" for @ARGV, $ENV{GREETING};\nexit 3;",
        "php" => {
            "<?php\nforeach (array_slice($argv, 1) as $a) echo $a, \"\\n\";\necho getenv('GREETING'), \"\\n\";\nexit(3);"
        }
        "ruby" => "puts ARGV, ENV['GREETING']\nexit 3",
        // Its arguments are statements and commands, which come first.
        "sql" => ".shell echo \"$GREETING\"\n.exit 3",
        "typescript" => {
            "for (const a of process.argv.slice(2)) console.log(a);\nconsole.log(process.env.GREETING);\n\
             process.exitCode = 3;"
        }
        other => panic!("no program in {other}"),
    }
}

/// Prints "6 lines" by means of several files, one of them data.
pub(super) fn several(language: &str) -> &'static [(&'static str, &'static str)] {
    const DATA: (&str, &str) = ("data/unit.txt", "lines");
    match language {
        "bash" => &[
            DATA,
            ("main.sh", ". lib/six.sh\necho \"$(six) $(cat data/unit.txt)\""),
            ("lib/six.sh", "six() { echo 6; }"),
        ],
        "lua" => &[
            DATA,
            (
                "main.lua",
                "local six = require('lib.six')\nprint(six() .. ' ' .. io.open('data/unit.txt'):read('a'))",
            ),
            ("lib/six.lua", "return function() return 6 end"),
        ],
        "perl" => &[
            DATA,
            (
                "main.pl",
                "use lib::Six;\nopen my $unit, '<', 'data/unit.txt';\nprint lib::Six::six(), ' ', <$unit>, \"\\n\";",
            ),
            ("lib/Six.pm", "package lib::Six;\nsub six { 6 }\n1;"),
        ],
        "php" => &[
            DATA,
            (
                "main.php",
                "<?php\nrequire 'lib/six.php';\necho six(), ' ', file_get_contents('data/unit.txt'), \"\\n\";",
            ),
            ("lib/six.php", "<?php\nfunction six(): int { return 6; }"),
        ],
        "ruby" => &[
            DATA,
            (
                "main.rb",
                "require_relative 'lib/six'\nputs \"#{six} #{File.read('data/unit.txt')}\"",
            ),
            ("lib/six.rb", "def six = 6"),
        ],
        "sql" => &[
            DATA,
            (
                "main.sql",
                "create table units (unit text);\n.import data/unit.txt units\n.read lib/six.sql\n\
                 select six.n || ' ' || unit from six, units;",
            ),
            ("lib/six.sql", "create view six as select 6 as n;"),
        ],
        "typescript" => &[
            DATA,
            (
                "src/main.ts",
                "import { readFileSync } from 'node:fs';\nimport { six } from './lib/six';\n\
                 import { two } from './lib/two.js';\nimport { one } from './one.ts';\n\
                 console.log(six * two * one / 2, readFileSync('data/unit.txt', 'utf8'));",
            ),
            (
                "src/lib/six.ts",
                "enum Number { Six = 6 }\nexport const six: number = Number.Six;",
            ),
            ("src/lib/two.ts", "export const two: number = 2;"),
            ("src/one.ts", "export const one: number = 1;"),
        ],
        other => panic!("no program in {other}"),
    }
}

/// Has a mistake in line 3 of the file `name`.
pub(super) fn broken(language: &str) -> (&'static str, &'static str) {
    match language {
        "bash" => ("broken.sh", "\n\n)\n"),
        "lua" => ("broken.lua", "\n\nx = = 1\n"),
        "perl" => ("broken.pl", "\n\nmy $x = = 1;\n"),
        "php" => ("broken.php", "<?php\n\n$x = = 1;\n"),
        "ruby" => ("broken.rb", "\n\nx = = 1\n"),
        "sql" => ("broken.sql", "\n\nselect from nothing;\n"),
        "typescript" => ("broken.ts", "\n\nconst x: number = 'text';\n"),
        other => panic!("no program in {other}"),
    }
}

/// Ends by a signal, where the language has a way to; else by an error that nobody handles.
pub(super) fn crashes(language: &str) -> &'static str {
    match language {
        "bash" => "kill -ABRT $$",
        "lua" => "error('unhandled')",
        "perl" => "kill ABRT => $$;",
        "php" => "<?php\nposix_kill(getmypid(), 6);",
        "ruby" => "Process.kill(:ABRT, Process.pid); sleep",
        "sql" => "select abs(-9223372036854775807 - 1);",
        "typescript" => "process.abort();",
        other => panic!("no program in {other}"),
    }
}

/// Computes for ever.
pub(super) fn spins(language: &str) -> &'static str {
    match language {
        "bash" => "while :; do :; done",
        "lua" => "while true do end",
        "perl" => "1 while 1;",
        "php" => "<?php\nfor (;;);",
        "ruby" => "loop {}",
        "sql" => "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n;",
        "typescript" => "for (;;);",
        other => panic!("no program in {other}"),
    }
}

/// Waits for ever, without computing.
pub(super) fn sleeps(language: &str) -> &'static str {
    match language {
        "bash" => "sleep 3600",
        "lua" => "io.popen('sleep 3600'):read('a')",
        "perl" => "sleep 3600;",
        "php" => "<?php\nsleep(3600);",
        "ruby" => "sleep",
        "sql" => ".shell sleep 3600",
        "typescript" => "setTimeout(() => {}, 3_600_000);",
        other => panic!("no program in {other}"),
    }
}

/// Takes memory without end.
pub(super) fn hogs(language: &str) -> &'static str {
    match language {
        "bash" => "x=x; while :; do x=$x$x; done",
        "lua" => "local all = {}\nwhile true do all[#all + 1] = ('x'):rep(1 << 20) .. #all end",
        "perl" => "my @all; push @all, 'x' x (1 << 20) while 1;",
        "php" => "<?php\n$all = [];\nfor (;;) $all[] = str_repeat('x', 1 << 20);",
        "ruby" => "all = []\nloop { all << 'x' * (1 << 20) }",
        "sql" => {
            "create table hog (x);\nwith recursive n(i) as (select 1 union all select i + 1 from n) \
             insert into hog select randomblob(1 << 20) from n;"
        }
        "typescript" => "const all: Buffer[] = []; for (;;) all.push(Buffer.alloc(1 << 20, 1));",
        other => panic!("no program in {other}"),
    }
}

/// Prints for ever.
pub(super) fn floods(language: &str) -> &'static str {
    match language {
        "bash" => "while :; do echo flood; done",
        "lua" => "while true do print('flood') end",
        "perl" => "print \"flood\\n\" while 1;",
        "php" => "<?php\nfor (;;) echo \"flood\\n\";",
        "ruby" => "loop { puts 'flood' }",
        "sql" => "with recursive n(i) as (select 1 union all select i + 1 from n) select 'flood' from n;",
        "typescript" => "import fs from 'node:fs'; for (;;) fs.writeSync(1, 'flood\\n'.repeat(1000));",
        other => panic!("no program in {other}"),
    }
}

/// Starts processes or threads without end.
pub(super) fn forks(language: &str) -> &'static str {
    match language {
        "bash" => "f() { f | f & }; f; wait",
        "lua" => "while true do io.popen('lua5.4 main.lua') end",
        "perl" => "while (1) { fork }",
        "php" => "<?php\nfor (;;) pcntl_fork();",
        "ruby" => "loop { begin; fork; rescue SystemCallError; end }",
        "sql" => ".shell f() { f | f & }; f; sleep 9",
        "typescript" => {
            "import { spawn } from 'node:child_process';\n\
             for (;;) spawn(process.execPath, [__filename]).on('error', () => {});"
        }
        other => panic!("no program in {other}"),
    }
}
