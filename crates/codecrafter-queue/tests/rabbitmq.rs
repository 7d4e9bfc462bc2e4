//! The adapter for `RabbitMQ`: queues of its own for each case, on the broker that `CODECRAFTER_TEST_RABBITMQ` names.

#[path = "rabbitmq/broker.rs"]
mod broker;
#[path = "rabbitmq/delivery.rs"]
mod delivery;
#[path = "rabbitmq/failures.rs"]
mod failures;
#[path = "rabbitmq/fixture.rs"]
mod fixture;
#[path = "rabbitmq/refusals.rs"]
mod refusals;

codecrafter_queue::queue_conformance!(crate::fixture::fresh());
