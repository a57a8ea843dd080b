//! What it costs to read a log, to fold its events, and to write its journal.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tallyfold_core::{Ledger, sink_fn};
use tallyfold_log::{Lines, LogReader, parse_line, parse_line_strictly, write_record};

const EVENTS: u64 = 100_000;

fn reading(c: &mut Criterion) {
    let log = tallyfold_benches::log(&tallyfold_benches::events(EVENTS));
    let log = log.expect("a vector takes everything");
    let mut group = c.benchmark_group("reading");
    group.throughput(Throughput::Elements(EVENTS)).sample_size(20);
    group.bench_function("log reader", |b| {
        b.iter(|| {
            let mut reader = LogReader::new(&log[..]);
            let mut good = 0_u64;
            while let Some(line) = reader.next_line().expect("a slice can be read") {
                good += u64::from(line.event.is_ok());
            }
            good
        });
    });
    group.bench_function("lines in memory", |b| {
        b.iter(|| Lines::new(&log).filter(|line| line.event.is_ok()).count());
    });
    group.bench_function("each line alone", |b| {
        b.iter(|| lines(&log).filter(|line| parse_line(line).is_ok()).count());
    });
    group.bench_function("each line alone, strictly", |b| {
        b.iter(|| lines(&log).filter(|line| parse_line_strictly(line).is_ok()).count());
    });
    group.finish();
}

fn lines(log: &[u8]) -> impl Iterator<Item = &[u8]> {
    log.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end)
}

fn folding(c: &mut Criterion) {
    let events = tallyfold_benches::events(EVENTS);
    let mut group = c.benchmark_group("folding");
    group.throughput(Throughput::Elements(EVENTS)).sample_size(20);
    group.bench_function("no journal", |b| {
        b.iter(|| {
            let mut ledger = Ledger::default();
            for event in &events {
                let _ = ledger.apply(event, &mut ());
            }
            ledger
        });
    });
    group.bench_function("journal written to memory", |b| {
        b.iter(|| {
            let (mut ledger, mut journal) = (Ledger::default(), Vec::new());
            for event in &events {
                let mut sink = sink_fn(|record| {
                    write_record(&mut journal, &record).expect("a vector takes everything");
                });
                let _ = ledger.apply(event, &mut sink);
            }
            journal
        });
    });
    group.finish();
}

criterion_group!(benches, reading, folding);
criterion_main!(benches);
