// shows = "vectors without end"
// outcome = "memory_limit"
// limits = { memory_bytes = 33554432 }
fn main() {
    let mut all = Vec::new();
    while all.iter().all(|one: &Vec<u8>| one[all.len()] == 1) { all.push(vec![1u8; 1 << 20]); }
}
