import FoundationEssentials
import Glibc
import Kernel

/// The folder beside an output in which it grows.
struct BatchFolder: Sendable {
    /// The folder.
    let path: String

    /// The folder of the output at `path`, made where it is not there.
    ///
    /// - Throws: `INTERNAL_ERROR` with the system's words.
    init(besides path: String) throws {
        self.path = path + ".martlet"
        guard mkdir(self.path, 0o700) == 0 || errno == EEXIST else { throw DurableFile.failure(self.path, "be made") }
        try DurableFile.syncName(of: self.path)
    }

    var journal: String { path + "/journal" }
    /// Where the files of the model lie while they are needed.
    var model: String { path + "/model" }
    /// Where the output lies until it is whole.
    var joined: String { path + "/joined" }

    /// The part numbered `index`.
    func part(_ index: Int) -> String {
        let digits = String(index)
        return "\(path)/part-\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits).parquet"
    }

    /// Removes all but the journal and the first `count` parts.
    func removeAll(butParts count: Int) {
        let kept = Set((0..<count).map(part) + [journal])
        // What is not there, or can't be removed, is written over later.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            let whole = "\(path)/\(name)"
            if !kept.contains(whole) { try? FileManager.default.removeItem(atPath: whole) }
        }
    }

    /// Removes the folder.
    func remove() {
        // The threads of a model of Python remove its files themselves, and a removal ends where a file is gone already.
        for _ in 0..<3 where FileManager.default.fileExists(atPath: path) {
            try? FileManager.default.removeItem(atPath: path)
        }
    }
}
