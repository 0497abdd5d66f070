package import Kernel

/// A file or a folder among the artifacts of a run.
package struct Artifact: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// Its path from the root of the run's artifacts.
    package var path: String { text("path") }
    /// Whether it is a folder.
    package var isFolder: Bool { json.member(["is_dir"]) == .boolean(true) }
    /// How many bytes a file has; 0 for a folder.
    package var sizeBytes: Int64 { integer("file_size") ?? 0 }
}
