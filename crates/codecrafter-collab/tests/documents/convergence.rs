//! Random edits, random reconnects: in the end all see the same, and it is what is stored.

use codecrafter_collab::{Access, Ending};
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use yrs::Text;

use crate::client::Client;
use crate::wire;
use crate::world::{World, config, eventually};

/// Given or fresh; printed, so that a failure can be repeated.
fn seed() -> u64 {
    let given = std::env::var("SEED")
        .ok()
        .map(|seed| seed.parse().expect("SEED is a number"));
    let seed = given.unwrap_or_else(rand::random);
    eprintln!("SEED={seed}");
    seed
}

async fn step(world: &World, client: &mut Client, random: &mut StdRng) {
    match random.random_range(0..20) {
        0 => {
            let ending = if random.random() { Ending::Clean } else { Ending::Lost };
            client.leave(ending);
            edit(client, random);
            client.connect(world).await;
        }
        1 => drop(client.stop_reading()),
        2..12 => {
            client.receive_all().await;
        }
        _ => {
            let update = edit(client, random);
            client.send(wire::update(&update)).await;
        }
    }
    if !client.is_connected() {
        client.connect(world).await;
    }
}

fn edit(client: &Client, random: &mut StdRng) -> Vec<u8> {
    let length = u32::try_from(client.text().encode_utf16().count()).unwrap();
    let at = random.random_range(0..=length);
    client.edit_offline(|text, txn| {
        if at < length && random.random_range(0..3) == 0 {
            text.remove_range(txn, at, random.random_range(1..=(length - at).min(4)));
        } else {
            let chunk: String = (0..random.random_range(1..5)).map(|_| letter(random)).collect();
            text.insert(txn, at, &chunk);
        }
    })
}

fn letter(random: &mut impl Rng) -> char {
    char::from(b'a' + random.random_range(0..26_u8))
}

async fn converges(count: usize, random: &mut StdRng) {
    let mut world = World::new().await;
    let mut clients = Vec::new();
    for _ in 0..count {
        clients.push(world.writer().await);
    }
    for _ in 0..100 * count {
        let client = &mut clients[random.random_range(0..count)];
        step(&world, client, random).await;
    }
    eventually("all are equal", async || {
        for client in &mut clients {
            client.receive_all().await;
        }
        let first = clients[0].text();
        clients.iter().all(|client| client.text() == first)
    })
    .await;
    let expected = clients[0].text();
    eventually("all is stored", async || {
        world.crash(config());
        world.client(Access::Read).await.text() == expected
    })
    .await;
}

#[tokio::test]
async fn two_clients_converge() {
    converges(2, &mut StdRng::seed_from_u64(seed())).await;
}

#[tokio::test]
async fn three_clients_converge() {
    converges(3, &mut StdRng::seed_from_u64(seed())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_clients_converge_on_two_threads() {
    converges(5, &mut StdRng::seed_from_u64(seed())).await;
}
