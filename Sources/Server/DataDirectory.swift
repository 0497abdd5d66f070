import Glibc

/// The folder in which a server keeps its databases and artifacts, held by one server at a time.
package struct DataDirectory: Sendable {
    /// The folder's path.
    package let path: String

    /// The metadata.
    package var databasePath: String { path + "/" + Self.databaseName }
    /// The prediction log.
    package var predictionsPath: String { path + "/predictions.sqlite" }
    /// The key that seals secrets.
    var secretKeyPath: String { path + "/secret.key" }
    /// The metadata's file within the folder.
    static let databaseName = "martlet.sqlite"
    /// Copies of artifacts that are kept elsewhere.
    package var cachePath: String { path + "/cache" }
    /// What Python workers need.
    package var workersPath: String { path + "/workers" }
    /// The artifacts, unless they are kept elsewhere.
    package var artifactsPath: String { path + "/artifacts" }

    /// The folder `path`, made with the folders above it where missing, and locked until the process ends.
    ///
    /// - Throws: ``StartupError`` when it can't be made or written to, or when another server holds it.
    package init(_ path: String) throws {
        self.path = path
        try Self.make(path)
        // Not closed on purpose: the lock lives as long as the process, and is gone with it even after a crash.
        let lock = open(path + "/martlet.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else {
            throw StartupError(
                "The data folder '\(path)' can't be written to: \(Self.reason()). Choose another: --data-dir"
            )
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            throw StartupError(
                "Another server holds the data folder '\(path)'. Stop it, or choose another folder: --data-dir"
            )
        }
    }

    /// The folder `path` of a server that may be running: it is neither made nor locked, and need not be there.
    init(sharing path: String) {
        self.path = path
    }

    /// Refuses a folder that is not there.
    ///
    /// - Throws: ``StartupError``.
    static func checkIsThere(_ path: String) throws {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else {
            throw StartupError(
                "There is no data folder '\(path)': \(reason()). 'martlet server' makes one; --data-dir says where it is."
            )
        }
        close(folder)
    }

    /// Makes the folder `path`, and the folders above it, where missing.
    ///
    /// - Throws: ``StartupError`` when it can't be.
    static func make(_ path: String) throws {
        var prefix = path.hasPrefix("/") ? "" : "."
        for segment in path.split(separator: "/") {
            prefix += "/" + segment
            // Inputs of models and what they answered are nobody else's.
            guard mkdir(prefix, 0o700) == 0 || errno == EEXIST else {
                throw StartupError("The data folder '\(path)' can't be made: \(reason()). Choose another: --data-dir")
            }
        }
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else {
            throw StartupError("The data folder '\(path)' is not a folder. Choose another: --data-dir")
        }
        close(folder)
    }

    private static func reason() -> String {
        String(cString: strerror(errno))
    }
}
