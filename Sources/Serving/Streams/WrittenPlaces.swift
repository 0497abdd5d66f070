import EventStream

/// Places whose replies are written and whose commit was not taken; the source may give them again.
///
/// Bounded: when there are too many the older half is forgotten. What comes again comes soon after its commit was refused;
/// what has not come by then is another consumer's.
struct WrittenPlaces: Sendable {
    /// The most that are kept; at least half as many always are.
    static let max = 100_000

    private var older: Set<StreamPlace> = []
    private var newer: Set<StreamPlace> = []

    func contains(_ place: StreamPlace) -> Bool { newer.contains(place) || older.contains(place) }

    mutating func insert(_ place: StreamPlace) {
        if newer.count >= Self.max / 2 { (older, newer) = (newer, []) }
        newer.insert(place)
    }

    mutating func remove(_ place: StreamPlace) {
        newer.remove(place)
        older.remove(place)
    }
}
