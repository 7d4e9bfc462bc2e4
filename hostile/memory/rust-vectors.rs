// shows = "vectors without end"
// outcome = "memory_limit"
// limits = { memory_bytes = 33554432 }
fn main() {
    let mut all = Vec::new();
    loop { all.push(vec![1u8; 1 << 20]); std::hint::black_box(&all); }
}
