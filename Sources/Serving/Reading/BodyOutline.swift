/// Where the members of a request's body lie, for the usual bodies only: each at most once, no others beside them,
/// no escapes in their names.
struct BodyOutline {
    private(set) var modelName: Range<Int>?
    private(set) var modelVersion: Range<Int>?
    private(set) var inputs: Range<Int>?
    private(set) var instances: Range<Int>?
    private(set) var dataframeSplit: Range<Int>?
    private(set) var dataframeRecords: Range<Int>?
    private(set) var id: Range<Int>?
    /// How many of them there are.
    private(set) var memberCount = 0

    /// The outline of the object in `bytes`; nil when it is not one of the usual bodies.
    ///
    /// The values are not checked yet, only stepped over.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var cursor = ByteCursor(bytes)
        guard cursor.take(UInt8(ascii: "{")) else { return nil }
        repeat {
            guard let name = cursor.string(), cursor.take(UInt8(ascii: ":")), let value = cursor.skipValue(),
                keep(value, cursor, name)
            else { return nil }
            memberCount += 1
        } while cursor.take(UInt8(ascii: ","))
        guard cursor.take(UInt8(ascii: "}")), cursor.isAtEnd() else { return nil }
    }

    private mutating func keep(_ value: Range<Int>, _ cursor: ByteCursor, _ name: Range<Int>) -> Bool {
        if cursor.matches(name, "inputs") { return Self.put(value, &inputs) }
        if cursor.matches(name, "model_name") { return Self.put(value, &modelName) }
        if cursor.matches(name, "model_version") { return Self.put(value, &modelVersion) }
        if cursor.matches(name, "dataframe_split") { return Self.put(value, &dataframeSplit) }
        if cursor.matches(name, "dataframe_records") { return Self.put(value, &dataframeRecords) }
        if cursor.matches(name, "instances") { return Self.put(value, &instances) }
        if cursor.matches(name, "id") { return Self.put(value, &id) }
        return false
    }

    private static func put(_ value: Range<Int>, _ member: inout Range<Int>?) -> Bool {
        guard member == nil else { return false }
        member = value
        return true
    }
}
