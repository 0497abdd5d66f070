package import Kernel

/// What is told of a version beyond its files, as the server describes it.
package struct VersionDocument: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// The version's number.
    package var number: String { text("number") }
    /// When the version was registered.
    package var createdAt: Timestamp? { time("created_at") }
    /// Its semantic version; empty when it has none.
    package var semanticVersion: String {
        // The server says the number where nobody told a semantic version.
        let version = text("version")
        return version == number ? "" : version
    }
    /// What it was made with.
    package var framework: String { text("framework") }
    /// What it does: `classification`.
    package var modelType: String { text("model_type") }
    /// Who made it.
    package var author: String { text("author") }
    /// How large it is.
    package var sizeBytes: Int64? { integer("model_size_bytes") }
    /// The experiment in which it was made, as the client calls it.
    package var experimentID: String { text("experiment_id") }
    /// The digest of its files together; empty when they are not pinned.
    package var digest: String { text("digest") }
    /// How good it is, by name in the server's order.
    package var metrics: [(name: String, value: JSON)] { values("metrics") }
    /// The settings of its training, by name in the server's order.
    package var hyperparameters: [(name: String, value: JSON)] { values("hyperparameters") }
    /// The models that it was made from.
    package var parents: [Parent] { list("parent_models").map { Parent($0) } }
    /// The datasets that it was made from.
    package var datasets: [Dataset] { list("datasets").map { Dataset($0) } }
    /// The code that made it.
    package var code: Code { Code(json.member(["code"]) ?? .null) }

    private func values(_ name: String) -> [(name: String, value: JSON)] {
        (json.member([name])?.objectValue?.members ?? []).map { ($0.name, $0.value) }
    }

    private func list(_ name: String) -> [JSON] { json.member([name])?.arrayValue ?? [] }
}

extension VersionDocument {
    /// A model from which a version was made.
    package struct Parent: Record {
        package let json: JSON

        package init(_ json: JSON) { self.json = json }

        /// The registered model, or what it is called where it comes from.
        package var model: String { text("model_id") }
        /// Which version of it.
        package var version: String { text("version") }
        /// What was done: `fine-tuned`.
        package var relation: String { text("relationship") }
    }

    /// A dataset from which a version was made.
    package struct Dataset: Record {
        package let json: JSON

        package init(_ json: JSON) { self.json = json }

        /// The dataset's name.
        package var name: String { text("dataset_id") }
        /// Which version of it.
        package var version: String { text("version") }
        /// Which part of it; empty for all.
        package var split: String { text("split") }
        /// How many rows it has.
        package var size: Int64? { integer("size") }
    }

    /// The code that made a version; empty where nothing was told of it.
    package struct Code: Record {
        package let json: JSON

        package init(_ json: JSON) { self.json = json }

        /// Where it is kept.
        package var repository: String { text("repository") }
        /// Its commit there.
        package var commit: String { text("commit") }
        /// The digest of its files.
        package var digest: String { text("digest") }
    }
}
