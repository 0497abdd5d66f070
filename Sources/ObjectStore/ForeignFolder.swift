import Glibc
package import Kernel

/// A folder of files that belongs to another program: listed and read, and nothing in it is changed.
package struct ForeignFolder: Sendable {
    /// A file in the folder.
    package struct File: Hashable, Sendable {
        /// Its path from the folder.
        package let path: String
        /// Its size.
        package let sizeBytes: Int64

        /// The file at `path`.
        package init(path: String, sizeBytes: Int64) {
            self.path = path
            self.sizeBytes = sizeBytes
        }
    }

    /// What a folder holds.
    package struct Contents: Sendable {
        /// The files below it, in the order in which they are found.
        package var files: [File] = []
        /// Paths of what is no file that can be read: links to folders, sockets, names that are not UTF-8.
        package var leftOut: [String] = []
    }

    /// More files than this are not listed at once.
    package static let filesMax = ObjectListing.countMax

    /// The folder's path.
    package let path: String
    private let threads: FileThreads

    /// The folder at `path`, which may be missing, on the threads of `folders`.
    package init(_ path: String, of folders: OutsideFolders) {
        self.path = path
        threads = folders.threads
    }

    /// The files below the folder; none when it is missing.
    ///
    /// - Throws: `RESOURCE_EXHAUSTED` when there are more than ``filesMax``; `INTERNAL_ERROR` when it can't be read.
    package func contents() async throws -> Contents {
        try await perform { [path] in
            var contents = Contents()
            var pending = [""]
            while let prefix = pending.popLast() {
                for name in try Self.names(in: "\(path)/\(prefix)") {
                    guard let name = String(validating: name, as: UTF8.self) else {
                        contents.leftOut.append(prefix + String(decoding: name, as: UTF8.self))
                        continue
                    }
                    try Self.sort(prefix + name, in: path, into: &contents, &pending)
                }
                guard contents.files.count <= Self.filesMax else {
                    throw MartletError(.resourceExhausted, "'\(path)' holds more than \(Self.filesMax) files")
                }
            }
            return contents
        }
    }

    /// Opens a file for reading.
    ///
    /// - Throws: `INTERNAL_ERROR` when it can't be.
    package func open(_ file: File) async throws -> ObjectReader {
        try await perform { [path, threads] in
            let open = try OpenFile("\(path)/\(file.path)", O_RDONLY)
            return ObjectReader(open, status: try open.status(), threads: threads)
        }
    }

    /// The SHA-256 of a file, read from the disk in steps of 1 MiB.
    ///
    /// - Throws: `INTERNAL_ERROR` when it can't be read; `CancellationError` between two steps.
    package func digest(of file: File) async throws -> ContentDigest {
        try await reporting {
            let open = try await threads.run { [path] in try OpenFile("\(path)/\(file.path)", O_RDONLY) }
            return try await threads.digest(of: open).digest
        }
    }

    private func perform<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await reporting { try await threads.run(body) }
    }

    /// What `body` answers; tells the caller what the file system refused.
    private func reporting<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as ObjectStoreError {
            throw MartletError(.internalError, "The folder '\(path)' can't be read", cause: error)
        }
    }

    /// Puts what lies at `path` where it belongs: among the files, the folders yet to be listed, or neither.
    private static func sort(
        _ path: String,
        in root: String,
        into contents: inout Contents,
        _ pending: inout [String]
    ) throws(ObjectStoreError) {
        let full = "\(root)/\(path)"
        var link = stat()
        var status = stat()
        guard lstat(full, &link) == 0 else { throw ObjectStoreError(errorNumber: errno, "stat \(full)") }
        guard stat(full, &status) == 0 else {
            contents.leftOut.append(path)
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: contents.files.append(File(path: path, sizeBytes: Int64(status.st_size)))
        // A link could lead in a circle.
        case S_IFDIR where link.st_mode & S_IFMT == S_IFDIR: pending.append(path + "/")
        default: contents.leftOut.append(path)
        }
    }

    /// The names in a folder as the system has them; none when it is missing.
    private static func names(in folder: String) throws(ObjectStoreError) -> [[UInt8]] {
        guard let stream = opendir(folder) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw ObjectStoreError(errorNumber: errno, "list \(folder)")
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while names.count <= filesMax, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
        }
        return names
    }
}
