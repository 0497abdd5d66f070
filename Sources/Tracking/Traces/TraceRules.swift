import Kernel

/// What a trace may hold: MLflow's rules, and bounds of our own where it has none.
enum TraceRules {
    static let artifactLocation = "mlflow.artifactLocation"
    static let name = "mlflow.traceName"
    static let sourceRun = "mlflow.sourceRun"

    private static let idLengthMax = 50
    private static let clientRequestIDLengthMax = 250
    private static let previewLengthMax = 10_000
    private static let valueLengthMax = 8000
    private static let itemsMax = 1000

    /// Tags that say where a trace's spans lie; whoever could set them could send clients anywhere.
    private static let ofPlaces = ["mlflow.trace.spansLocation", "mlflow.trace.archiveLocation", artifactLocation]
    private static let failure = "mlflow.trace.archivalFailure"

    /// `trace` with its texts cut to their bounds and without the tags that are not the client's to set.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for an id or a key that can't be, and for more tags or metadata than a
    ///   thousand.
    static func checked(_ trace: Trace) throws -> Trace {
        try checkID(trace.id)
        if let id = trace.clientRequestID {
            try NameRules.checkLength(of: id, max: clientRequestIDLengthMax, path: "client_request_id")
        }
        var checked = trace
        checked.requestPreview = trace.requestPreview.map { NameRules.truncated($0, max: previewLengthMax) }
        checked.responsePreview = trace.responsePreview.map { NameRules.truncated($0, max: previewLengthMax) }
        checked.metadata = try items(trace.metadata, "trace_metadata")
        checked.tags = try items(trace.tags, "tags").filter { !ofPlaces.contains($0.key) }
        return checked
    }

    /// Refuses a trace that all calls together have told too many tags or metadata of.
    static func checkCounts(_ kept: Trace) throws {
        try checkCount(kept.metadata.count, "trace_metadata")
        try checkTagCount(kept.tags.count { $0.key != artifactLocation })
    }

    /// Refuses more tags than a trace has besides the one that says where its spans are.
    static func checkTagCount(_ count: Int) throws {
        try checkCount(count, "tags")
    }

    /// Refuses an id that is none, or that as the name of a folder could be another one.
    static func checkID(_ id: TraceID) throws {
        let isName = id.text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isName, (1...idLengthMax).contains(id.text.utf8.count) else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid trace ID '\(id.text.prefix(100))'. It must have 1 to \(idLengthMax) letters, digits, dashes "
                    + "and underscores of ASCII."
            )
        }
    }

    /// A tag as it is kept: its value cut to its bound.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a key that can't be, or that is not the client's to set.
    static func settable(_ tag: Tag) throws -> Tag {
        try checkMutable(tag.key, "set", ofPlaces + [failure])
        try NameRules.checkKey(tag.key, path: "key")
        return Tag(key: tag.key, value: NameRules.truncated(tag.value, max: valueLengthMax))
    }

    /// Refuses the key of a tag that is not the client's to delete.
    static func checkDeletable(_ key: String) throws {
        try checkMutable(key, "deleted", ofPlaces)
    }

    private static func checkMutable(_ key: String, _ verb: String, _ immutable: [String]) throws {
        guard !immutable.contains(key) else {
            throw MartletError(
                .invalidParameterValue,
                "Tag '\(key)' is immutable and cannot be \(verb) on a trace."
            )
        }
    }

    private static func items(_ items: [Tag], _ path: String) throws -> [Tag] {
        try checkCount(items.count, path)
        return try items.map { item in
            guard !item.key.isEmpty else {
                throw MartletError(.invalidParameterValue, "A key in '\(path)' is empty.")
            }
            try NameRules.checkLength(of: item.key, max: NameRules.keyLengthMax, path: path)
            return Tag(key: item.key, value: NameRules.truncated(item.value, max: valueLengthMax))
        }
    }

    private static func checkCount(_ count: Int, _ path: String) throws {
        guard count <= itemsMax else {
            throw MartletError(
                .invalidParameterValue,
                "A trace has at most \(itemsMax) '\(path)', not \(count)."
            )
        }
    }
}
