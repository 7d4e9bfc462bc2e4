//! The same program in every language: here those that every server has, in `further` the others.

mod further;

/// Prints its arguments and the variable GREETING, one a line, and exits with 3.
pub(crate) fn reports(language: &str) -> &'static str {
    match language {
        "c" => {
            "#include <stdio.h>\n#include <stdlib.h>\nint main(int n, char **a) {\n\
             for (int i = 1; i < n; i++) puts(a[i]);\nputs(getenv(\"GREETING\"));\nreturn 3; }"
        }
        "cpp" => {
            "#include <iostream>\n#include <cstdlib>\nint main(int n, char **a) {\n\
             for (int i = 1; i < n; i++) std::cout << a[i] << '\\n';\nstd::cout << std::getenv(\"GREETING\") << '\\n';\n\
             return 3; }"
        }
        "go" => {
            "package main\nimport (\"fmt\"; \"os\")\nfunc main() { for _, a := range os.Args[1:] { fmt.Println(a) }\n\
             fmt.Println(os.Getenv(\"GREETING\")); os.Exit(3) }"
        }
        "java" => {
            "public class Reports { public static void main(String[] a) { for (String s : a) System.out.println(s);\n\
             System.out.println(System.getenv(\"GREETING\")); System.exit(3); } }"
        }
        "javascript" => {
            "for (const a of process.argv.slice(2)) console.log(a);\nconsole.log(process.env.GREETING);\nprocess.exitCode = 3;"
        }
        "python" => "import os, sys\nfor a in sys.argv[1:]: print(a)\nprint(os.environ['GREETING'])\nsys.exit(3)",
        "rust" => {
            "fn main() { for a in std::env::args().skip(1) { println!(\"{a}\"); }\n\
             println!(\"{}\", std::env::var(\"GREETING\").unwrap()); std::process::exit(3) }"
        }
        other => further::reports(other),
    }
}

/// Prints "6 lines" by means of several files, one of them data.
pub(crate) fn several(language: &str) -> &'static [(&'static str, &'static str)] {
    const DATA: (&str, &str) = ("data/unit.txt", "lines");
    match language {
        "c" => &[
            DATA,
            (
                "main.c",
                "#include <stdio.h>\n#include \"lib/six.h\"\nint main(void) { char u[9]; \
                fscanf(fopen(\"data/unit.txt\", \"r\"), \"%8s\", u); printf(\"%d %s\\n\", six(), u); }",
            ),
            ("lib/six.h", "int six(void);"),
            ("lib/six.c", "#include \"six.h\"\nint six(void) { return 6; }"),
        ],
        "cpp" => &[
            DATA,
            (
                "main.cpp",
                "#include <fstream>\n#include <iostream>\n#include \"lib/six.hpp\"\nint main() { std::string u; \
                std::ifstream(\"data/unit.txt\") >> u; std::cout << six() << ' ' << u << std::endl; }",
            ),
            ("lib/six.hpp", "int six();"),
            ("lib/six.cc", "#include \"six.hpp\"\nint six() { return 6; }"),
        ],
        "go" => &[
            DATA,
            (
                "main.go",
                "package main\nimport (\"fmt\"; \"os\"; \"example.org/six/lib\")\n\
                func main() { u, _ := os.ReadFile(\"data/unit.txt\"); fmt.Println(lib.Two() * three(), string(u)) }",
            ),
            ("three.go", "package main\nfunc three() int { return 3 }"),
            ("lib/two.go", "package lib\nfunc Two() int { return 2 }"),
            ("go.mod", "module example.org/six\n\ngo 1.19\n"),
        ],
        "java" => &[
            DATA,
            (
                "src/app/Main.java",
                "package app;\nimport java.nio.file.*;\npublic class Main { \
                public static void main(String[] a) throws Exception { \
                System.out.println(lib.Six.six() + \" \" + Files.readString(Path.of(\"data/unit.txt\"))); } }",
            ),
            (
                "src/lib/Six.java",
                "package lib;\npublic class Six { public static int six() { return 6; } }",
            ),
        ],
        "javascript" => &[
            DATA,
            (
                "main.mjs",
                "import { six } from './lib/six.mjs';\nimport two from './two.cjs';\nimport fs from 'node:fs';\n\
                console.log(six * two / 2, fs.readFileSync('data/unit.txt', 'utf8'));",
            ),
            ("lib/six.mjs", "export const six = 6;"),
            ("two.cjs", "module.exports = 2;"),
        ],
        "python" => &[
            DATA,
            (
                "main.py",
                "from lib.six import six\nprint(six(), open('data/unit.txt').read())",
            ),
            ("lib/__init__.py", ""),
            ("lib/six.py", "def six(): return 6"),
        ],
        "rust" => &[
            DATA,
            (
                "main.rs",
                "mod lib;\nfn main() { println!(\"{} {}\", lib::six::six(), \
                std::fs::read_to_string(\"data/unit.txt\").unwrap()); }",
            ),
            ("lib.rs", "pub mod six;"),
            ("lib/six.rs", "pub fn six() -> i32 { 6 }"),
        ],
        other => further::several(other),
    }
}

/// Has a mistake in line 3 of the file `name`.
pub(crate) fn broken(language: &str) -> (&'static str, &'static str) {
    match language {
        "c" => ("broken.c", "\nint main(void) {\n    return nothing;\n}\n"),
        "cpp" => ("broken.cc", "\nint main() {\n    return nothing;\n}\n"),
        "go" => ("broken.go", "package main\nfunc main() {\n\tnothing()\n}\n"),
        "java" => (
            "Broken.java",
            "class Broken {\n  public static void main(String[] a) {\n    nothing();\n  }\n}\n",
        ),
        "javascript" => ("broken.js", "\n\nlet = = 1;\n"),
        "python" => ("broken.py", "\n\nprint('\n"),
        "rust" => ("broken.rs", "\nfn main() {\n    nothing();\n}\n"),
        other => further::broken(other),
    }
}

/// Ends by a signal, where the language has a way to; else by an error that nobody handles.
pub(crate) fn crashes(language: &str) -> &'static str {
    match language {
        "c" => "#include <signal.h>\nint main(void) { *(volatile int *)0 = 1; return 0; }",
        "cpp" => "#include <stdexcept>\nint main() { throw std::runtime_error(\"unhandled\"); }",
        "go" => "package main\nfunc main() { var m map[string]int; m[\"a\"] = 1 }",
        "java" => {
            "class Crash { public static void main(String[] a) { throw new IllegalStateException(\"unhandled\"); } }"
        }
        "javascript" => "process.abort()",
        "python" => "import os\nos.abort()",
        "rust" => "fn main() { std::process::abort() }",
        other => further::crashes(other),
    }
}

/// Computes for ever.
pub(crate) fn spins(language: &str) -> &'static str {
    match language {
        "c" => "int main(void) { for (volatile int i = 0;; i++); }",
        "cpp" => "int main() { for (volatile int i = 0;; i = i + 1); }",
        "go" => "package main\nfunc main() { for i := 0; ; i++ {} }",
        "java" => "class Spin { public static void main(String[] a) { for (int i = 0; ; i++); } }",
        "javascript" => "for (;;);",
        "python" => "while True: pass",
        "rust" => "fn main() { loop { std::hint::spin_loop() } }",
        other => further::spins(other),
    }
}

/// Waits for ever, without computing.
pub(crate) fn sleeps(language: &str) -> &'static str {
    match language {
        "c" => "#include <unistd.h>\nint main(void) { for (;;) pause(); }",
        "cpp" => {
            "#include <chrono>\n#include <thread>\nint main() { for (;;) std::this_thread::sleep_for(std::chrono::hours(1)); }"
        }
        "go" => "package main\nimport \"time\"\nfunc main() { time.Sleep(time.Hour) }",
        "java" => "class Sleep { public static void main(String[] a) throws Exception { Thread.sleep(3_600_000); } }",
        "javascript" => "setTimeout(() => {}, 3_600_000);",
        "python" => "import time\ntime.sleep(3600)",
        "rust" => "fn main() { loop { std::thread::park() } }",
        other => further::sleeps(other),
    }
}

/// Keeps a C compiler at work for ever, with neither memory nor output: includes itself twice, 100 levels deep.
pub(crate) const ENDLESS_INCLUDES: (&str, &str) = (
    "main.c",
    "#if __INCLUDE_LEVEL__ < 100\n#include \"main.c\"\n#include \"main.c\"\n#endif\n",
);

/// Takes memory without end.
pub(crate) fn hogs(language: &str) -> &'static str {
    match language {
        "c" => {
            "#include <stdlib.h>\n#include <string.h>\nint main(void) { for (;;) { char *p = malloc(1 << 20); \
                if (p) memset(p, 1, 1 << 20); } }"
        }
        "cpp" => {
            "#include <vector>\nint main() { std::vector<std::vector<char>> all; \
                for (;;) all.emplace_back(1 << 20, 'x'); }"
        }
        "go" => {
            "package main\nvar all [][]byte\nfunc main() { for { b := make([]byte, 1<<20); \
                for i := range b { b[i] = 1 }; all = append(all, b) } }"
        }
        "java" => {
            "import java.util.*;\nclass Hog { public static void main(String[] a) { \
                List<byte[]> all = new ArrayList<>(); for (;;) all.add(new byte[1 << 20]); } }"
        }
        "javascript" => "const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1));",
        "python" => "all = []\nwhile True: all.append(b'x' * (1 << 20))",
        "rust" => {
            "fn main() { let mut all = Vec::new(); loop { all.push(vec![1u8; 1 << 20]); std::hint::black_box(&all); } }"
        }
        other => further::hogs(other),
    }
}

/// Prints for ever.
pub(crate) fn floods(language: &str) -> &'static str {
    match language {
        "c" => "#include <stdio.h>\nint main(void) { for (;;) puts(\"flood\"); }",
        "cpp" => "#include <iostream>\nint main() { for (;;) std::cout << \"flood\\n\"; }",
        "go" => "package main\nimport \"fmt\"\nfunc main() { for { fmt.Println(\"flood\") } }",
        "java" => "class Flood { public static void main(String[] a) { for (;;) System.out.println(\"flood\"); } }",
        "javascript" => "const fs = require('fs'); for (;;) fs.writeSync(1, 'flood\\n'.repeat(1000));",
        "python" => "while True: print('flood')",
        "rust" => "fn main() { loop { println!(\"flood\") } }",
        other => further::floods(other),
    }
}

/// Starts processes or threads without end.
pub(crate) fn forks(language: &str) -> &'static str {
    match language {
        "c" => "#include <unistd.h>\nint main(void) { for (;;) fork(); }",
        "cpp" => "#include <unistd.h>\nint main() { for (;;) fork(); }",
        "go" => "package main\nimport (\"os\"; \"os/exec\")\nfunc main() { for { exec.Command(os.Args[0]).Start() } }",
        "java" => {
            "class Fork { public static void main(String[] a) { for (;;) try { \
                new Thread(() -> { for (;;); }).start(); } catch (Throwable t) { } } }"
        }
        "javascript" => {
            "const { spawn } = require('child_process');\n\
                for (;;) spawn(process.execPath, [__filename]).on('error', () => {});"
        }
        "python" => "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        "rust" => {
            "fn main() { loop { let _ = std::process::Command::new(std::env::current_exe().unwrap()).spawn(); } }"
        }
        other => further::forks(other),
    }
}
