/// What several things have under the same names, side by side.
package struct SideBySide: Sendable {
    /// One name and what each of the things has under it.
    package struct Row: Sendable {
        /// The name.
        package let key: String
        /// One value for each of the things, in their order; nil where a thing has none.
        package let values: [JSON?]
        /// Whether not all of them are the same.
        package let differs: Bool
    }

    /// The names that any of the things has, in the order of their bytes.
    package let rows: [Row]

    /// A table of `things`, each its names and values; of a name that stands twice the last counts.
    package init(_ things: [[(String, JSON)]]) {
        let columns = things.map { Dictionary($0) { _, last in last } }
        let keys = Set(columns.flatMap(\.keys)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        rows = keys.map { key in
            let values = columns.map { $0[key] }
            return Row(key: key, values: values, differs: values.contains { $0 != values[0] })
        }
    }
}
