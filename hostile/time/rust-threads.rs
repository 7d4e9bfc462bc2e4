// shows = "threads of Rust share one account"
// outcome = "cpu_limit"
// limits = { cpu_ms = 600 }
fn main() {
    let threads: Vec<_> = (0..8).map(|_| std::thread::spawn(|| loop { std::hint::spin_loop() })).collect();
    for thread in threads { let _: Result<(), _> = thread.join(); }
}
