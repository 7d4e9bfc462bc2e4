// shows = "assembly in Rust is filtered as any other's"
// outcome = "ok"
// stdout = "unshare -1\nmount -1\nclone3 -38\n"
use std::arch::asm;

fn call(number: i64, a: i64, b: i64) -> i64 {
    let mut result = number;
    unsafe { asm!("syscall", inout("rax") result, in("rdi") a, in("rsi") b, in("rdx") 0, in("r10") 0, in("r8") 0, out("rcx") _, out("r11") _) };
    result
}

fn main() {
    println!("unshare {}", call(272, 0x1000_0000, 0));
    println!("mount {}", call(165, b"x\0".as_ptr() as i64, b"/tmp\0".as_ptr() as i64));
    println!("clone3 {}", call(435, 0, 0));
}
