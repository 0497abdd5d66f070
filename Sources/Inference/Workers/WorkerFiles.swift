import FoundationEssentials

/// A folder with the files of a model, which is removed when nobody needs it any more.
package final class WorkerFiles: Sendable {
    /// The folder that is removed.
    let root: String
    /// The model's folder in it.
    package let model: String

    /// The folder `root`, which goes with this, and in it the model's folder.
    package init(root: String, model: String) {
        self.root = root
        self.model = model
    }

    // The last that holds it is the thread of a replica, which may wait for the disk.
    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }
}
