//! Hostile lines and hostile compression, row by row as docs/hostile-input.md lists them.

use std::io::{BufReader, Read, Write};

use tallyfold_log::{LogReader, decompressed, parse_line};

/// A heartbeat with more fields, or with other values.
fn heartbeat(more: &str) -> String {
    let start = r#"{"type":"Heartbeat","at":"2026-01-01T00:00:00Z","account":"a","session":"s""#;
    format!("{start}{more}}}")
}

fn in_account(name: &str) -> String {
    heartbeat("").replace(r#""account":"a""#, &format!(r#""account":"{name}""#))
}

fn at(instant: &str) -> String {
    heartbeat("").replace("2026-01-01T00:00:00Z", instant)
}

fn is_event(line: &str) -> bool {
    parse_line(line.as_bytes()).is_ok()
}

/// Which lines of a log are events.
fn events(log: impl Read) -> Vec<bool> {
    let mut reader = LogReader::new(BufReader::new(log));
    let mut events = Vec::new();
    while let Some(line) = reader.next_line().unwrap() {
        events.push(line.event.is_ok());
    }
    events
}

#[test]
fn deep_nesting() {
    let nested =
        |open: &str, close: &str, levels| open.repeat(levels) + "1" + &close.repeat(levels);
    let lists = nested("[", "]", 30_000);
    let objects = nested(r#"{"a":"#, "}", 10_000);
    let envelope = |more: &str, data: &str| {
        format!(
            r#"{{"specversion":"1.0","type":"Heartbeat","source":"/l","id":"e","time":"2026-01-01T00:00:00Z","subject":"a"{more},"data":{{"session":"s"{data}}}}}"#
        )
    };
    assert!(is_event(&heartbeat(&format!(r#","meta":{}"#, nested(r#"{"a":"#, "}", 100)))));
    assert!(!is_event(&heartbeat(&format!(r#","meta":{}"#, nested(r#"{"a":"#, "}", 101)))));
    assert!(is_event(&envelope(&format!(r#","extension":{lists}"#), "")));
    assert!(is_event(&envelope(&format!(r#","extension":{objects}"#), "")));
    for line in [
        heartbeat(&format!(r#","meta":{objects}"#)),
        heartbeat(&format!(r#","active":{lists}"#)),
        envelope("", &format!(r#","meta":{objects}"#)),
        envelope("", &format!(r#","active":{lists}"#)),
        lists,
        objects,
        "[".repeat(65_536),
        r#"{"a":"#.repeat(13_000),
    ] {
        assert!(!is_event(&line), "{}", &line[..60]);
    }
}

#[test]
fn megabyte_lines() {
    let long = heartbeat(&format!(r#","meta":{{"a":"{}"}}"#, "x".repeat(1 << 20)));
    let log = format!("{long}\n{}\n{long}", heartbeat(""));
    let mut read = Vec::new();
    let memory = allocation_counter::measure(|| read = events(log.as_bytes()));
    assert_eq!(read, [false, true, false]);
    assert!(memory.bytes_max < 600_000, "{} bytes", memory.bytes_max);
}

#[test]
fn long_numbers_and_exponents() {
    let fields = [
        r#""type":"RatePublished","product":"p","tokens":#"#,
        r#""type":"PackPurchased","account":"a","pack":"P","tokens":#"#,
        r#""type":"ChargeReversed","account":"a","user":"u","product":"p","reason":"","charge":#"#,
        r#""type":"ResultProduced","account":"a","user":"u","product":"p","quantity":#"#,
        r#""type":"SubscriptionPurchased","account":"a","subscription":"S","offering":"o","starts":"2026-01-01T00:00:00Z","ends":"2027-01-01T00:00:00Z","seats":#"#,
        r#""type":"RulebookAdopted","rulebook":"launch","overrides":{"grace_minutes":#}"#,
    ];
    let digits = "9".repeat(5_000);
    let bad = [
        digits.clone(),
        format!("-{digits}"),
        format!("0.{digits}"),
        format!("1e{digits}"),
        "1e400".to_owned(),
        "1e1".to_owned(),
        "1E+0".to_owned(),
        "1.0".to_owned(),
        "0x1".to_owned(),
        "01".to_owned(),
        "NaN".to_owned(),
        format!("\"{digits}\""),
        "\"1e1\"".to_owned(),
    ];
    for field in fields {
        let line = |number: &str| {
            let fields = field.replace('#', number);
            format!(r#"{{"at":"2026-01-01T00:00:00Z",{fields}}}"#)
        };
        assert!(is_event(&line("1")), "{field}");
        for number in &bad {
            assert!(!is_event(&line(number)), "{field} {}", &number[..number.len().min(20)]);
        }
    }
    assert!(is_event(&heartbeat(&format!(r#","meta":{{"n":[{digits},1e{digits}]}}"#))));
}

#[test]
fn duplicate_keys() {
    let adopted = |overrides: &str| {
        format!(
            r#"{{"type":"RulebookAdopted","at":"2026-01-01T00:00:00Z","rulebook":"launch","overrides":{{{overrides}}}}}"#
        )
    };
    assert!(is_event(&adopted(r#""idle_aware":true"#)));
    for line in [
        heartbeat(r#","session":"s""#),
        heartbeat(r#","\u0073ession":"s""#),
        heartbeat(r#","meta":{},"meta":{}"#),
        adopted(r#""idle_aware":true,"idle_aware":true"#),
        r#"{"specversion":"1.0","specversion":"1.0"}"#.to_owned(),
    ] {
        assert!(!is_event(&line), "{line}");
    }
    assert!(is_event(&heartbeat(r#","meta":{"a":1,"a":2}"#)));
}

#[test]
fn characters_that_harm() {
    for name in ["\\ud800", "\\udc00", "\\ud800\\ud800", "\\u0000", "\\u0085", "\\u009b", "\\u007f"]
    {
        assert!(!is_event(&in_account(name)), "{name}");
    }
    for name in ["\\ud83d\\ude00", "\u{202e}", "\\u202e", "\u{2066}", "\u{feff}", "e\u{301}"] {
        assert!(is_event(&in_account(name)), "{name}");
    }
    assert!(!is_event(&in_account("\u{0}")), "a NUL as it is");
    assert!(!is_event(&in_account("\u{85}")), "a C1 control as it is");
    assert!(is_event(&heartbeat(r#","meta":{"a":"\ud800"}"#)));
    for bytes in [&b"\xff"[..], b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3"] {
        let mut line = in_account("#").into_bytes();
        let place = line.iter().position(|byte| *byte == b'#').unwrap();
        line.splice(place..=place, bytes.iter().copied());
        assert!(parse_line(&line).is_err(), "{bytes:x?}");
    }
}

#[test]
fn line_ends_and_marks_out_of_place() {
    let line = heartbeat("");
    for (log, expected) in [
        (format!("{line}\n\u{feff}{line}\n{line}"), &[true, false, true][..]),
        (format!("\u{feff}\u{feff}{line}\n{line}"), &[false, true]),
        (format!("{line}\r{line}\r{line}\n{line}"), &[false, true]),
        (format!("{line}\r\r\n{line}\r"), &[true, true]),
        (format!("{line}\n{}", &line[..40]), &[true, false]),
        (format!("{line}\n\0\0\0\0\0\0\0\0"), &[true, false]),
        ("\r".to_owned(), &[]),
        ("\u{feff}".to_owned(), &[]),
        (String::new(), &[]),
    ] {
        assert_eq!(events(log.as_bytes()), expected, "{log:?}");
    }
}

#[test]
fn instants_at_the_borders() {
    for instant in [
        "1700-01-01T00:00:00Z",
        "1699-12-31T00:01:00-23:59",
        "1700-01-01T23:59:00+23:59",
        "2199-12-31T23:59:59.999999999Z",
        "2200-01-01T23:58:59.999999999+23:59",
        "2199-12-31T00:00:59.999999999-23:59",
    ] {
        assert!(is_event(&at(instant)), "{instant}");
    }
    for instant in [
        "1699-12-31T23:59:59.999999999Z",
        "1700-01-01T23:58:59+23:59",
        "1699-12-31T00:00:59-23:59",
        "2200-01-01T00:00:00Z",
        "2199-12-31T00:01:00-23:59",
        "2200-01-01T23:59:00+23:59",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "+10000-01-01T00:00:00Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T23:59:60Z",
    ] {
        assert!(!is_event(&at(instant)), "{instant}");
    }
}

#[test]
fn what_is_wrong_is_quoted_in_part() {
    let long = "x".repeat(60_000);
    for line in [
        heartbeat(&format!(r#","{long}":1"#)),
        heartbeat("").replace("Heartbeat", &long),
        format!(r#"{{"specversion":"1.0","{long}":1,"{long}":1}}"#).replace(&long, &long[..30_000]),
        heartbeat("").replace("Heartbeat", "RulebookAdopted").replace(
            r#""account":"a""#,
            &format!(r#""rulebook":"launch","overrides":{{"{long}":1}}"#),
        ),
    ] {
        let malformed = parse_line(line.as_bytes()).unwrap_err();
        assert!(malformed.to_string().len() < 1_000, "{}", malformed.to_string().len());
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// The outcome of reading all lines of a compressed log: how many, or what went wrong.
fn lines(packed: &[u8]) -> Result<u64, String> {
    let mut reader = LogReader::new(decompressed(packed).map_err(|error| error.to_string())?);
    while reader.next_line().map_err(|error| error.to_string())?.is_some() {}
    Ok(reader.line_count())
}

/// Memory that Rust code holds at most while a log is read. Zstandard's own is not counted: it
/// is bound by the largest window, 128 MiB.
fn memory(packed: &[u8], expected_lines: u64) -> u64 {
    let mut read = Ok(0);
    let memory = allocation_counter::measure(|| read = lines(packed)).bytes_max;
    assert_eq!(read, Ok(expected_lines));
    memory
}

#[test]
fn compressed_bombs() {
    for (bomb, lines) in [(vec![b'x'; 32 << 20], 1), (vec![b'\n'; 1 << 20], 1 << 20)] {
        for packed in [gzip(&bomb), zstd::encode_all(&bomb[..], 3).unwrap()] {
            assert!(packed.len() * 100 < bomb.len(), "{} bytes", packed.len());
            let memory = memory(&packed, lines);
            assert!(memory < 1_000_000, "{memory} bytes");
        }
    }
}

#[test]
#[ignore = "4 GiB: cargo test --release -p tallyfold-log -- --ignored compressed"]
fn compressed_bombs_of_4_gib() {
    let bomb = || std::io::repeat(b'x').take(4 << 30);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::copy(&mut bomb(), &mut packer).unwrap();
    for packed in [packer.finish().unwrap(), zstd::encode_all(bomb(), 3).unwrap()] {
        let memory = memory(&packed, 1);
        assert!(memory < 1_000_000, "{memory} bytes");
    }
}

#[test]
fn a_zstandard_window_of_more_than_128_mib() {
    // RFC 8878, 3.1.1.1: no content size, this window, then an empty last block.
    let frame = |window_log: u8| [0x28, 0xb5, 0x2f, 0xfd, 0, (window_log - 10) << 3, 1, 0, 0];
    assert_eq!(lines(&frame(27)), Ok(0));
    for window_log in [28, 31, 41] {
        lines(&frame(window_log)).unwrap_err();
    }
}

#[test]
fn an_endless_gzip_header() {
    // RFC 1952, 2.3: a header with a file name that never ends.
    let header = [&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3][..], &[b'x'; 1 << 20]].concat();
    let mut read = Ok(0);
    let memory = allocation_counter::measure(|| read = lines(&header)).bytes_max;
    read.unwrap_err();
    assert!(memory < 1_000_000, "{memory} bytes");
}

#[test]
fn corrupt_and_truncated_compression() {
    let log = heartbeat("\n").repeat(1_000);
    for packed in [gzip(log.as_bytes()), zstd::encode_all(log.as_bytes(), 3).unwrap()] {
        lines(&packed).unwrap();
        for length in [5, 12, packed.len() / 2, packed.len() - 1] {
            lines(&packed[..length]).unwrap_err();
        }
        for place in 0..packed.len() {
            let mut corrupt = packed.clone();
            corrupt[place] ^= 0x55;
            // Some bytes do not matter, such as a gzip header's time. None may do harm.
            let _ = lines(&corrupt);
        }
    }
    lines(&[gzip(b"\n"), b"rubbish".to_vec()].concat()).unwrap_err();
}
