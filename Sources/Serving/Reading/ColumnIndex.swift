/// The names of a model's columns, found by their bytes.
///
/// Two names are the same only if their bytes are, as everywhere in JSON.
struct ColumnIndex: Sendable {
    /// The names in the model's order.
    let names: [String]
    private let bytes: [[UInt8]]
    private let slots: [Int32]
    private let mask: Int

    /// An index of `names`; of a name given twice the first is found.
    init(_ names: [String]) {
        self.names = names
        bytes = names.map { Array($0.utf8) }
        var capacity = 4
        while capacity < 2 * names.count { capacity *= 2 }
        mask = capacity - 1
        var slots = [Int32](repeating: -1, count: capacity)
        for (column, name) in bytes.enumerated() {
            var slot = name.withUnsafeBytes(Self.hash) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(column)
        }
        self.slots = slots
    }

    var count: Int { names.count }

    /// The column named by these bytes, looked for first at `guess`: clients mostly keep the order of the signature.
    func column(_ name: UnsafeRawBufferPointer, guess: Int) -> Int? {
        if guess < bytes.count, Self.equal(bytes[guess], name) { return guess }
        var slot = Self.hash(name) & mask
        while case let column = Int(slots[slot]), column >= 0 {
            if Self.equal(bytes[column], name) { return column }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// The column called `name`.
    func column(_ name: String, guess: Int) -> Int? {
        var name = name
        return name.withUTF8 { column(UnsafeRawBufferPointer($0), guess: guess) }
    }

    private static func equal(_ name: [UInt8], _ other: UnsafeRawBufferPointer) -> Bool {
        guard name.count == other.count else { return false }
        for index in 0..<name.count where name[index] != other[index] { return false }
        return true
    }

    /// FNV-1a. A stranger chooses the names that are looked up, but not those in the table, whose chains are short.
    private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash ^ hash >> 32)
    }
}
