//! Attacks that take a minute or more, bounded, on the loopback only:
//! `cargo test --release -p tallyfold-store --all-features --test attack -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

#[cfg(feature = "postgres")]
#[path = "../shared/cluster.rs"]
mod cluster;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
#[path = "../shared/dice.rs"]
mod dice;
#[cfg(feature = "sqlite")]
#[path = "../shared/flips.rs"]
mod flips;
#[cfg(feature = "sqlite")]
mod large_account;
#[cfg(feature = "postgres")]
#[path = "../shared/proxy.rs"]
mod proxy;
#[cfg(feature = "postgres")]
mod silence;

/// How often an attack is made; the environment asks for more or fewer.
#[cfg(feature = "sqlite")]
fn times(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |times| times.parse().unwrap())
}

/// `TALLYFOLD_FLIPS`: how many files, half of them damaged anywhere, half where names and ids are.
#[cfg(feature = "sqlite")]
#[test]
#[ignore = "takes minutes"]
fn flipped_bits_give_no_wrong_answer() {
    let flips = times("TALLYFOLD_FLIPS", 10_000);
    let seed = times("TALLYFOLD_SEED", 7);
    println!("anywhere: {:?}", flips::flip_bits(flips / 2, seed, flips::Aim::Random));
    println!("aimed: {:?}", flips::flip_bits(flips - flips / 2, seed, flips::Aim::AtIndexes));
}
