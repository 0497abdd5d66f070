/// Where an event stands in its stream, for ever.
package enum StreamPlace: Hashable, Sendable, CustomStringConvertible {
    case kafka(topic: String, partition: Int32, offset: Int64)
    case redis(stream: String, entry: String)

    /// `topic/partition/offset` or `stream/entry`: the same however often the event is read.
    package var description: String {
        switch self {
        case .kafka(let topic, let partition, let offset): "\(topic)/\(partition)/\(offset)"
        case .redis(let stream, let entry): "\(stream)/\(entry)"
        }
    }
}

/// What was read of a stream.
package struct StreamEvent: Sendable {
    /// Where it stands.
    package let place: StreamPlace
    /// The key that it was written with; nil for none.
    package let key: [UInt8]?
    /// What it says; where it says nothing that can be taken, whatever there is of it.
    package let value: [UInt8]
    /// The name that its writer gave it, so that the same event written twice is known; nil for none.
    package let id: String?
    /// When it was written, in milliseconds since 1970; nil where nobody says.
    package let writtenAtMs: Int64?
    /// Why its value can't be taken; nil when it can.
    package let fault: String?

    /// An event at `place`.
    package init(
        place: StreamPlace,
        key: [UInt8]? = nil,
        value: [UInt8],
        id: String? = nil,
        writtenAtMs: Int64? = nil,
        fault: String? = nil
    ) {
        self.place = place
        self.key = key
        self.value = value
        self.id = id
        self.writtenAtMs = writtenAtMs
        self.fault = fault
    }

    /// The name in `bytes`; nil where they are no text: others that are none would look the same.
    static func id(_ bytes: some Sequence<UInt8>) -> String? {
        String(validating: bytes, as: UTF8.self).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What a reply to it is known by: the writer's name for it, else its place.
    package var replyID: String { id ?? place.description }
}

/// What is written to a stream.
package struct StreamMessage: Hashable, Sendable {
    /// What is said beside the value: a header of Kafka, a field of Redis.
    package struct Field: Hashable, Sendable {
        /// Its name.
        package let name: String
        /// Its value.
        package let value: String

        /// A field.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What it is known by: written again, it is the same message.
    package let id: String
    /// Its key; nil for none.
    package let key: [UInt8]?
    /// What it says.
    package let value: [UInt8]
    /// What is said beside it.
    package let fields: [Field]

    /// A message.
    package init(id: String, key: [UInt8]?, value: [UInt8], fields: [Field] = []) {
        self.id = id
        self.key = key
        self.value = value
        self.fields = fields
    }
}

/// How much of a part of a stream is not done yet.
package struct StreamLag: Hashable, Sendable {
    /// The part: `topic/partition`, or the stream.
    package let part: String
    /// The events that are not committed; nil when that is not known.
    package let events: Int64?

    /// A lag.
    package init(part: String, events: Int64?) {
        self.part = part
        self.events = events
    }
}
