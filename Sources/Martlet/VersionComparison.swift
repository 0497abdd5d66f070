package import Kernel

/// Versions side by side, as the server compares them: what was told of each, else what its run recorded.
package struct VersionComparison: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// What is told of each version, in the order in which they were named.
    package var versions: [VersionDocument] { list("versions").map { VersionDocument($0) } }
    /// Their hyperparameters, by name.
    package var hyperparameters: [Row] { list("hyperparameters").map { Row($0) } }
    /// Their metrics, by name.
    package var metrics: [Row] { list("metrics").map { Row($0) } }

    private func list(_ name: String) -> [JSON] { json.member([name])?.arrayValue ?? [] }
}

extension VersionComparison {
    /// One name and what each version has under it.
    package struct Row: Record {
        package let json: JSON

        package init(_ json: JSON) { self.json = json }

        /// The name.
        package var key: String { text("key") }
        /// One value for each version; null where it has none.
        package var values: [JSON] { json.member(["values"])?.arrayValue ?? [] }
        /// Whether not all of them are the same.
        package var differs: Bool { json.member(["differs"]) == true }
    }
}
