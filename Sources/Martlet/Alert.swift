package import Kernel

/// An alert, as the server describes it.
package struct Alert: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// Its id.
    package var id: String { text("id") }
    /// What kind of thing happened: `DRIFT`, for one.
    package var type: String { text("type") }
    /// `warning` or `critical`.
    package var severity: String { text("severity") }
    /// `open` or `acknowledged`.
    package var state: String { text("state") }
    /// The endpoint that it is about.
    package var endpoint: String { text("endpoint") }
    /// What happened, in a sentence.
    package var message: String { text("message") }
    /// When it was first seen.
    package var openedAt: Timestamp? { time("opened_at") }
    /// When it was last seen.
    package var lastSeenAt: Timestamp? { time("last_seen_at") }
    /// How often it was seen.
    package var count: Int64 { integer("count") ?? 0 }
}
