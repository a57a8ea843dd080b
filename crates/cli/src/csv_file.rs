//! CSV files as people have them: any of the usual encodings, separators and line ends.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::nearest::did_you_mean;
use crate::text::printable;

/// The largest file that is read. Lists of people and prices are far smaller.
const MOST_BYTES: u64 = 256 << 20;

/// A CSV file: a header and rows.
pub(crate) struct CsvFile {
    path: PathBuf,
    header: CsvRow,
    rows: Vec<CsvRow>,
}

/// The cells of a row, spaces around them taken off.
pub(crate) struct CsvRow {
    /// 1-based; where the row starts.
    pub(crate) line: usize,
    pub(crate) cells: Vec<String>,
}

impl CsvFile {
    /// Reads a file. An encoding other than UTF-8 is said on standard error.
    pub(crate) fn read(path: &Path) -> anyhow::Result<CsvFile> {
        let text = text_of(path)?;
        let (text, lines_before, separator) = separated(&text);
        let mut csv = csv::ReaderBuilder::new()
            .delimiter(separator)
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let (mut rows, mut lines) =
            (Vec::new(), LineCounter { text, byte: 0, line: 1 + lines_before });
        for record in csv.records() {
            let record = record.with_context(|| format!("cannot read {}", path.display()))?;
            let line = record.position().map_or(0, |it| lines.line_of(it.byte()));
            // A spreadsheet writes its empty rows as well.
            if record.iter().any(|cell| !cell.is_empty()) {
                rows.push(CsvRow { line, cells: record.iter().map(str::to_owned).collect() });
            }
        }
        if rows.is_empty() {
            bail!("{} is empty", path.display());
        }
        let header = rows.remove(0);
        Ok(CsvFile { path: path.to_owned(), header, rows })
    }

    pub(crate) fn header(&self) -> &[String] {
        &self.header.cells
    }

    pub(crate) fn rows(&self) -> &[CsvRow] {
        &self.rows
    }

    /// Where a line is, for errors: `prices.csv:3`.
    pub(crate) fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }

    /// The cells of each row under exactly these columns, in whatever order the file has them;
    /// each with its place for errors.
    pub(crate) fn columns<const N: usize>(
        &self,
        columns: [&str; N],
    ) -> anyhow::Result<Vec<(String, [String; N])>> {
        let rows = self.arranged(columns, N)?.into_iter();
        Ok(rows.map(|(line, cells)| (self.place(line), cells)).collect())
    }

    /// The file as UTF-8 with commas, these columns, and each row on its line: for a reader that
    /// knows nothing else. Columns after the first `required` may be missing.
    pub(crate) fn plain<const N: usize>(
        &self,
        columns: [&str; N],
        required: usize,
    ) -> anyhow::Result<Vec<u8>> {
        let (mut plain, mut written) = (Vec::new(), 0);
        let header = (self.header.line, columns.map(str::to_owned));
        for (line, cells) in [header].into_iter().chain(self.arranged(columns, required)?) {
            plain.resize(plain.len() + line.saturating_sub(written + 1), b'\n');
            let mut csv = csv::Writer::from_writer(&mut plain);
            csv.write_record(&cells)?;
            csv.flush()?;
            written = line;
        }
        Ok(plain)
    }

    /// The cells of each row in the order of these columns, with the line of the row.
    fn arranged<const N: usize>(
        &self,
        columns: [&str; N],
        required: usize,
    ) -> anyhow::Result<Vec<(usize, [String; N])>> {
        let places = self.places(columns, required)?;
        let most = self.header().len();
        let cells = |row: &CsvRow| {
            let (place, cells) = (self.place(row.line), row.cells.len());
            if !(required..=most).contains(&cells) {
                bail!(
                    "{place}: {most} cells are needed ({}), not {cells}",
                    self.header().join(",")
                );
            }
            let cell = |place: Option<usize>| place.and_then(|place| row.cells.get(place));
            Ok((row.line, places.map(|place| cell(place).cloned().unwrap_or_default())))
        };
        self.rows.iter().map(cells).collect()
    }

    /// At which place each column is, of which the first `required` must be there.
    fn places<const N: usize>(
        &self,
        columns: [&str; N],
        required: usize,
    ) -> anyhow::Result<[Option<usize>; N]> {
        let (place, all) = (self.place(self.header.line), columns.join(","));
        let header: Vec<String> = self.header().iter().map(|name| plain(name)).collect();
        for (name, written) in header.iter().zip(self.header()) {
            if !columns.contains(&&**name) {
                let (written, meant) = (printable(written), did_you_mean(name, columns));
                bail!("{place}: unknown column `{written}`{meant}; the columns are {all}");
            }
        }
        let mut places = [None; N];
        for (number, (column, found)) in columns.iter().zip(&mut places).enumerate() {
            let mut at = (0..).zip(&header).filter(|(_, name)| name == column);
            *found = at.next().map(|(place, _)| place);
            if found.is_none() && number < required {
                bail!("{place}: no column `{column}`; the columns are {all}");
            }
            if at.next().is_some() {
                bail!("{place}: the column `{column}` is there twice");
            }
        }
        Ok(places)
    }
}

/// `Tokens per day` as `tokens_per_day`.
fn plain(name: &str) -> String {
    name.to_lowercase().replace([' ', '-'], "_")
}

/// The text of a file, its line ends as `\n`.
fn text_of(path: &Path) -> anyhow::Result<String> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
    let bytes = bytes_of(file, MOST_BYTES).with_context(|| format!("cannot read {shown}"))?;
    let (text, encoding) = decoded(&bytes);
    if encoding != UTF_8 {
        anstream::eprintln!("{}: read as {}", printable(&shown.to_string()), encoding.name());
    }
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// All bytes of a file that has no more than so many.
fn bytes_of(file: impl Read, most: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file.take(most + 1).read_to_end(&mut bytes)? as u64 > most {
        bail!("it is larger than {most} bytes");
    }
    Ok(bytes)
}

/// The text that bytes stand for: by their byte order mark; else UTF-8 where they are; else UTF-16
/// where every other of the first bytes is 0; else Windows-1252, which any bytes are.
fn decoded(bytes: &[u8]) -> (Cow<'_, str>, &'static Encoding) {
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None => match bytes {
            [0, 1..=255, 0, 1..=255, ..] => UTF_16BE,
            [1..=255, 0, 1..=255, 0, ..] => UTF_16LE,
            _ if std::str::from_utf8(bytes).is_ok() => UTF_8,
            _ => WINDOWS_1252,
        },
    };
    (encoding.decode_with_bom_removal(bytes).0, encoding)
}

/// The text from its header on, how many lines lie before, and what stands between cells: what a
/// first line `sep=` names, else what there is most of in the header.
fn separated(text: &str) -> (&str, usize, u8) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if let Some(&[separator]) = first.strip_prefix("sep=").map(str::as_bytes) {
        return (rest, 1, separator);
    }
    let is_header = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let header = text.lines().find(is_header).unwrap_or_default();
    let mut is_quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in header.bytes() {
        is_quoted ^= byte == b'"';
        for (separator, count) in &mut counts {
            *count += u32::from(!is_quoted && byte == *separator);
        }
    }
    // Of equally many the first, the comma, is taken.
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    (text, 0, most.map_or(b',', |(separator, _)| separator))
}

/// Counts lines from record to record.
struct LineCounter<'a> {
    text: &'a str,
    /// How far was counted, and the line there.
    byte: usize,
    line: usize,
}

impl LineCounter<'_> {
    /// The line at which a record starts; blank lines and comments before it are passed over.
    fn line_of(&mut self, start: u64) -> usize {
        let start = usize::try_from(start).unwrap_or(usize::MAX).min(self.text.len());
        let passed = &self.text.as_bytes()[self.byte..start];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.byte = start;
        let is_none = |line: &&str| line.is_empty() || line.starts_with('#');
        self.line + self.text[start..].lines().take_while(is_none).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> anyhow::Result<CsvFile> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, bytes).unwrap();
        CsvFile::read(&path)
    }

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn every_usual_encoding_is_read() {
        let text = "user,name\nzoë,Zoë Müller\n";
        let windows_1252 = b"user,name\nzo\xeb,Zo\xeb M\xfcller\n".to_vec();
        let with_mark = format!("\u{feff}{text}");
        for bytes in [
            text.as_bytes().to_vec(),
            with_mark.as_bytes().to_vec(),
            utf16(&with_mark, u16::to_le_bytes),
            utf16(&with_mark, u16::to_be_bytes),
            utf16(text, u16::to_le_bytes),
            utf16(text, u16::to_be_bytes),
            windows_1252,
        ] {
            let csv = read(&bytes).unwrap();
            assert_eq!(csv.header(), ["user", "name"]);
            assert_eq!(csv.rows()[0].cells, ["zoë", "Zoë Müller"]);
        }
    }

    #[test]
    fn the_separator_is_named_or_found() {
        for text in [
            "a,b\n1,2\n",
            "a;b\n1;2\n",
            "a\tb\n1\t2\n",
            "sep=;\na;b\n1;2\n",
            "sep=|\r\na|b\r\n1|2\r\n",
            "\"a\";b\n\"1\";2",
            "# a,comment,with,commas\na;b\n1;2\n",
        ] {
            let csv = read(text.as_bytes()).unwrap();
            assert_eq!(csv.header(), ["a", "b"], "{text}");
            assert_eq!(csv.rows()[0].cells, ["1", "2"], "{text}");
        }
        assert_eq!(read(b"\"a;x;y\",b\n").unwrap().header(), ["a;x;y", "b"]);
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        let lines = ["sep=,", "# rates", "a,b", "", "1,2", "# more", "\"3", "3\",4", "5,6"];
        for end in ["\n", "\r\n", "\r"] {
            let csv = read(lines.join(end).as_bytes()).unwrap();
            let starts: Vec<usize> = csv.rows().iter().map(|row| row.line).collect();
            assert_eq!(starts, [5, 7, 9], "{end:?}");
        }
    }

    #[test]
    fn columns_are_found_by_name_and_slips_are_named() {
        let csv = read(b"Tokens per day;product\n7;AutoCAD\n").unwrap();
        let rows = csv.columns(["product", "tokens_per_day"]).unwrap();
        assert_eq!(rows[0].1, ["AutoCAD", "7"]);
        for (text, said) in [
            ("prodct,tokens\n", ":1: unknown column `prodct`; did you mean `product`?"),
            ("product\n", ":1: no column `tokens`; the columns are product,tokens"),
            ("product,tokens,product\n", ":1: the column `product` is there twice"),
            ("product,tokens\r\nA,1\r\nB\r\n", ":3: 2 cells are needed (product,tokens), not 1"),
        ] {
            let error = read(text.as_bytes()).unwrap().columns(["product", "tokens"]).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
        assert!(read(b"").err().unwrap().to_string().ends_with("list.csv is empty"));
    }

    #[test]
    fn a_file_without_end_is_refused() {
        assert_eq!(bytes_of(std::io::repeat(b'a').take(10), 10).unwrap(), [b'a'; 10]);
        let error = bytes_of(std::io::repeat(b'a'), 10).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 10 bytes");
    }

    #[test]
    fn a_plain_file_keeps_its_lines() {
        let csv =
            read(b"sep=;\r\n# names\r\nproduct;feature\r\n\r\nFine, LT;F\r\nG;G\r\n").unwrap();
        let plain = csv.plain(["feature", "product", "version"], 2).unwrap();
        let expected = "\n\nfeature,product,version\n\nF,\"Fine, LT\",\nG,G,\n";
        assert_eq!(String::from_utf8(plain).unwrap(), expected);
        assert!(csv.plain(["feature", "product"], 2).is_ok());
        assert!(csv.plain(["feature", "product", "version"], 3).is_err());
    }
}
