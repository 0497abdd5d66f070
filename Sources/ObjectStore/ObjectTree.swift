import Glibc
import Kernel

/// The folder below which a store's objects lie, and the ways through it that never leave it. All its calls block.
///
/// Symbolic links are followed as long as they end inside. A file that is opened for reading is looked at once more
/// when it is open. Where something is written, or opened by its path, a link that is swapped between the check and the
/// use would go unnoticed; only someone who can already write to the server's disk could do that.
struct ObjectTree: Sendable {
    /// What there is under a key.
    enum Entry {
        case missing
        case file
        case folder
        /// A socket, a device and the like.
        case other
    }

    /// The real path of the root.
    let root: String

    /// The folder for unfinished uploads; in the root, so that a rename moves them to their place.
    var uploads: String { root + "/" + ObjectKey.reservedFolder }

    /// The tree below `path`; makes the folder and the parents that are missing, and the folder for uploads if there
    /// are any.
    init(root path: String, hasUploads: Bool = true) throws(ObjectStoreError) {
        var made = path.hasPrefix("/") ? "" : "."
        let uploads = hasUploads ? [ObjectKey.reservedFolder] : []
        for segment in path.unicodeScalars.split(separator: "/").map(String.init) + uploads {
            made += "/" + segment
            if mkdir(made, 0o777) != 0, errno != EEXIST {
                throw ObjectStoreError(errorNumber: errno, "make folder \(made)")
            }
        }
        guard let real = Self.realPath(path.isEmpty ? "." : path) else {
            throw ObjectStoreError(errorNumber: errno, "resolve \(path)")
        }
        root = real
    }

    /// The tree below a folder that somebody else keeps; nil when it is not there. Nothing is made.
    init?(existing path: String) {
        guard let real = Self.realPath(path) else { return nil }
        root = real
        guard case .folder = entry(at: real).kind else { return nil }
    }

    /// Makes the folder for uploads where it is missing: a folder that somebody else keeps has none, and a store's own may
    /// have been tidied away.
    func makeUploads() throws(ObjectStoreError) {
        guard mkdir(uploads, 0o777) == 0 || errno == EEXIST else {
            throw ObjectStoreError(errorNumber: errno, "make folder \(uploads)")
        }
    }

    /// The real path of what is under `key`, nil when nothing is.
    func resolve(_ key: ObjectKey) throws(ObjectStoreError) -> String? {
        let path = key.isRoot ? root : "\(root)/\(key)"
        guard let real = Self.realPath(path) else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw errno == ELOOP
                ? ObjectStoreError(.outsideRoot, "resolve \(path)")
                : ObjectStoreError(errorNumber: errno, "resolve \(path)")
        }
        guard isInside(real) else { throw ObjectStoreError(.outsideRoot, "resolve \(path), which is \(real)") }
        return real
    }

    /// The file under `key`, open for reading; nil when nothing is there.
    ///
    /// A folder or a link that somebody swaps meanwhile leads nowhere outside: what is open is what is looked at.
    func openFile(_ key: ObjectKey) throws -> (file: OpenFile, status: stat)? {
        guard let path = try resolve(key) else { return nil }
        guard case .file = entry(at: path).kind else { throw MartletError.isNotFile(key) }
        // Should a pipe have taken the file's place, nobody must wait for its other end.
        let file = try OpenFile(path, O_RDONLY | O_NONBLOCK)
        guard let real = file.realPath, isInside(real) else { throw ObjectStoreError(.outsideRoot, "open \(path)") }
        let status = try file.status()
        guard status.st_mode & S_IFMT == S_IFREG else { throw MartletError.isNotFile(key) }
        return (file, status)
    }

    /// What is at a path, links followed; of a file its size in bytes and its entity tag.
    func entry(at path: String) -> (kind: Entry, size: Int64, etag: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return (.missing, 0, "") }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return (.file, Int64(status.st_size), status.entityTag)
        case S_IFDIR: return (.folder, 0, "")
        default: return (.other, 0, "")
        }
    }

    /// The real path of the folder `key`, made durably when it is missing; nil when a file stands in its way.
    func makeFolder(_ key: ObjectKey) throws(ObjectStoreError) -> String? {
        var folder = root
        for segment in key.segments {
            let next = "\(folder)/\(segment)"
            if mkdir(next, 0o777) == 0 {
                try OpenFile(folder, O_RDONLY | O_DIRECTORY).synchronize()
                folder = next
                continue
            }
            guard errno == EEXIST else { throw ObjectStoreError(errorNumber: errno, "make folder \(next)") }
            guard let real = Self.realPath(next) else { throw ObjectStoreError(errorNumber: errno, "resolve \(next)") }
            guard isInside(real) else { throw ObjectStoreError(.outsideRoot, "resolve \(next), which is \(real)") }
            guard case .folder = entry(at: real).kind else { return nil }
            folder = real
        }
        return folder
    }

    /// The names in a folder, unsorted, at most `countMax`; those that are not UTF-8 are left out.
    func names(in folder: String, countMax: Int) throws(ObjectStoreError) -> [String] {
        guard let stream = opendir(folder) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw ObjectStoreError(errorNumber: errno, "list \(folder)")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < countMax, let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(validatingCString: $0) }
            }
            guard let name, name != ".", name != ".." else { continue }
            if name == ObjectKey.reservedFolder, folder == root { continue }
            names.append(name)
        }
        return names
    }

    /// Removes what unfinished uploads and deletions left behind; what another process is working on stays, and so do
    /// parts: who sends them may go on after a restart.
    ///
    /// Answers how many there were.
    @discardableResult
    func removeLeftovers() throws(ObjectStoreError) -> Int {
        var all = 0
        while true {
            var removed = 0
            for name in try names(in: uploads, countMax: .max) where !name.hasPrefix(ObjectKey.partsPrefix) {
                let path = "\(uploads)/\(name)"
                if case .file = entry(at: path).kind, try isUnderWay(name, path) { continue }
                try remove(path)
                removed += 1
            }
            if removed == 0 { return all }
            all += removed
        }
    }

    /// Removes the folders of parts into which nothing came since `time`, but those of `kept`; answers how many.
    func removeParts(before time: Timestamp, keeping kept: Set<String>) throws(ObjectStoreError) -> Int {
        var removed = 0
        for name in try names(in: uploads, countMax: .max) where name.hasPrefix(ObjectKey.partsPrefix) {
            var status = stat()
            guard !kept.contains(String(name.dropFirst(ObjectKey.partsPrefix.count))),
                stat("\(uploads)/\(name)", &status) == 0,
                Int64(status.st_mtim.tv_sec) * 1000 < time.milliseconds
            else { continue }
            try remove("\(uploads)/\(name)")
            removed += 1
        }
        return removed
    }

    /// How the name of an upload begins before it is marked as in use, for a moment.
    static let unmarkedPrefix = "new-"
    private static let unmarkedSecondsMax = 60

    /// Whether an upload is being written by this or another process, or has just gone to its place.
    private func isUnderWay(_ name: String, _ path: String) throws(ObjectStoreError) -> Bool {
        let file: OpenFile
        do {
            file = try OpenFile(path, O_RDONLY | O_NOFOLLOW)
        } catch {
            guard error.errorNumber == ENOENT else { throw error }
            return true
        }
        let age = try time(nil) - file.status().st_mtim.tv_sec
        if name.hasPrefix(Self.unmarkedPrefix), age < Self.unmarkedSecondsMax { return true }
        return !file.lock()
    }

    /// Removes a file, a link itself, or a folder with all that is in it.
    func remove(_ path: String) throws(ObjectStoreError) {
        if unlink(path) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw ObjectStoreError(errorNumber: errno, "remove \(path)") }
        while true {
            let names = try names(in: path, countMax: 1000)
            for name in names { try remove("\(path)/\(name)") }
            if names.isEmpty { break }
        }
        guard rmdir(path) == 0 || errno == ENOENT else {
            throw ObjectStoreError(errorNumber: errno, "remove folder \(path)")
        }
    }

    /// Whether the last segment of a path is a symbolic link.
    func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Whether something is at a path, links followed, and lies in the tree.
    func leadsInside(_ path: String) -> Bool {
        Self.realPath(path).map(isInside) ?? false
    }

    private func isInside(_ real: String) -> Bool {
        // By bytes, as the system compares: Swift's own comparison takes different spellings of a letter for the same.
        real.utf8.elementsEqual(root.utf8) || real.utf8.starts(with: (root == "/" ? root : root + "/").utf8)
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(validatingCString: resolved)
    }
}
