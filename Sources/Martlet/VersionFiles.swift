package import Kernel

/// What a model version is made of, as the server describes it.
package struct VersionFiles: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// Whether the files are pinned: `pinned`; `pending` when they are still to be read; `failed`.
    package var pinState: String { text("pin_state") }
    /// The digest of all files together; empty when they are not pinned.
    package var digest: String { text("digest") }
    /// Why the files are not pinned, or what was in the way of the last attempt; empty when they are.
    package var unpinnedReason: String { text("unpinned_reason") }
    /// The files as they were when the version was registered.
    package var files: [File] { (json.member(["files"])?.arrayValue ?? []).map { File($0) } }
    /// What the model takes; empty when it does not say so.
    package var inputs: [Field] { fields("inputs") }
    /// What the model gives; empty when it does not say so.
    package var outputs: [Field] { fields("outputs") }

    private func fields(_ name: String) -> [Field] {
        (json.member(["signature", name])?.arrayValue ?? []).map { Field($0) }
    }
}

extension VersionFiles {
    /// One file of a version.
    package struct File: Record {
        package let json: JSON

        package init(_ json: JSON) { self.json = json }

        /// Its path from the root of the version's files.
        package var path: String { text("path") }
        /// How many bytes it has.
        package var sizeBytes: Int64 { integer("size_bytes") ?? 0 }
        /// The digest of its content.
        package var digest: String { text("digest") }
    }

    /// One input or output of a model.
    package struct Field: Record {
        package let json: JSON

        package init(_ json: JSON) { self.json = json }

        /// Its name; empty for the one column or tensor that has none.
        package var name: String { text("name") }
        /// Its type, behind it the shape of a tensor: `double`, `float32 [-1, 4]`.
        package var type: String {
            let shape = (json.member(["shape"])?.arrayValue ?? []).compactMap(\.integerValue)
            return text("type") + (shape.isEmpty ? "" : " [\(shape.map(String.init).joined(separator: ", "))]")
        }
    }
}
