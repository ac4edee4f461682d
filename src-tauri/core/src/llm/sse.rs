//! Server-sent events out of lines (WHATWG HTML, section 9.2.6), as far as a streamed answer uses them. It needs only
//! `lines` beside it, so that the fuzz target includes both as they are.

/// One event: its name (empty when none was given) and its data.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) data: String,
}

/// The longest data of one event; many lines can make up one event, so lines alone do not bound it.
const LONGEST_DATA: usize = 2 * super::lines::LONGEST_LINE;

#[derive(Debug, Default)]
pub(super) struct Events {
    pending: Event,
    any_data: bool,
}

impl Events {
    /// Takes the next line; an empty one completes an event. Data beyond the bound is dropped, which makes the event
    /// unreadable and so an error where it is read.
    pub(super) fn line(&mut self, line: &str) -> Option<Event> {
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        if line.is_empty() {
            let event = std::mem::take(&mut self.pending);
            return std::mem::take(&mut self.any_data).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.pending.name),
            "data" if self.pending.data.len() + value.len() <= LONGEST_DATA => {
                if std::mem::replace(&mut self.any_data, true) {
                    self.pending.data.push('\n');
                }
                self.pending.data.push_str(value);
            }
            // A comment (no field name), `id` and `retry` mean nothing for an answer.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> Vec<(String, String)> {
        let mut events = Events::default();
        text.lines().filter_map(|line| events.line(line)).map(|event| (event.name, event.data)).collect()
    }

    fn pair(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn an_event_is_its_name_and_all_its_data_lines() {
        assert_eq!(events("event: ping\ndata: {}\n\ndata:a\ndata: b\n\n"), [pair("ping", "{}"), pair("", "a\nb")]);
    }

    #[test]
    fn comments_and_events_without_data_are_skipped() {
        assert_eq!(events(": keep-alive\n\nevent: x\n\nid: 1\ndata: y\n\n"), [pair("", "y")]);
    }

    #[test]
    fn an_event_without_an_end_is_not_one() {
        assert_eq!(events("event: message_stop\ndata: {}"), []);
    }
}
