//! What stops the start, and what is then said.

use codecrafter_queue::{QueueConfig, QueueError};
use url::Url;

use crate::fixture::{Place, in_time, server};

async fn refusal(url: &Url) -> String {
    let config: QueueConfig = url.as_str().parse().expect("a URL");
    let refused = in_time(codecrafter_queue::open(&config)).await.err().expect("refused");
    let text = refused.to_string();
    assert!(!text.contains("p@ss/word") && !text.contains("hunter2"), "{text}");
    text
}

#[tokio::test]
async fn a_wrong_password() {
    let mut url = server();
    url.set_password(Some("hunter2")).expect("has a host");
    let text = refusal(&url).await;
    assert!(text.contains("codecrafter") && text.contains("password"), "{text}");
}

#[tokio::test]
async fn a_vhost_that_is_not_there() {
    let mut url = server();
    url.set_path("/nowhere");
    let text = refusal(&url).await;
    assert!(text.contains("add_vhost 'nowhere'"), "{text}");
}

#[tokio::test]
async fn a_vhost_that_is_somebody_elses() {
    let mut url = server();
    url.set_path("/closed");
    let text = refusal(&url).await;
    assert!(text.contains("set_permissions -p 'closed' 'codecrafter'"), "{text}");
}

#[tokio::test]
async fn a_user_without_permissions() {
    let mut url = server();
    url.set_username("powerless").expect("has a host");
    let text = refusal(&url).await;
    assert!(text.contains("set_permissions -p '/' 'powerless'"), "{text}");
}

/// Queues that are there already; so only use is refused, not making.
#[tokio::test]
async fn users_who_may_not_write_or_not_read() {
    for user in ["mute", "deaf"] {
        let mut place = Place::new();
        drop(place.open().await);
        place.url.set_username(user).expect("has a host");
        let refused = in_time(codecrafter_queue::open(&place.config()))
            .await
            .err()
            .expect(user);
        assert!(
            matches!(&refused, QueueError::Refused(why) if why.contains("set_permissions")),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let mut url = server();
    url.set_port(Some(port)).expect("has a host");
    let text = refusal(&url).await;
    assert!(
        text.contains(&port.to_string()) && text.contains("is the broker running"),
        "{text}"
    );
}

#[tokio::test]
async fn queues_that_were_made_otherwise() {
    let place = Place::new();
    drop(place.open().await);
    // With another capacity, which is kept with the queue.
    let text = refusal(&place.url).await;
    assert!(text.contains("?prefix="), "{text}");
}

fn encrypted(host: &str) -> Place {
    let port = std::env::var("CODECRAFTER_TEST_RABBITMQ_TLS").expect("script/test engines sets it");
    let url = server().as_str().replacen("amqp:", "amqps:", 1);
    let mut url: Url = url.parse().expect("a URL");
    url.set_host(Some(host)).expect("has a host");
    url.set_port(Some(port.parse().expect("a number"))).expect("has a host");
    Place::on(url)
}

#[tokio::test]
async fn an_encrypted_connection_works() {
    let queue = encrypted("localhost").open().await;
    queue.ping().await.expect("ping");
}

#[tokio::test]
async fn a_certificate_that_is_for_another_name() {
    let text = refusal(&encrypted("127.0.0.1").url).await;
    assert!(text.contains("certificate") && text.contains("SSL_CERT_FILE"), "{text}");
}
