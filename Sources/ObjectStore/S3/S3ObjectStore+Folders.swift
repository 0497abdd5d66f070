import Crypto
import Kernel
import NIOCore
import NIOHTTP1

/// Whole folders: they are what lies below a prefix.
extension S3ObjectStore {
    /// The most that a page of a listing and a deletion hold.
    private static let pageMax = 1000

    /// What a folder holds, in byte order of the names; nothing for a file and for what is missing.
    ///
    /// - Parameters:
    ///   - key: the folder.
    ///   - recursive: whether to list what is in its folders too, in one list.
    /// - Returns: at most ``ObjectListing/countMax`` entries; what another wrote under a name that is no key is left
    ///   out.
    /// - Throws: `RESOURCE_EXHAUSTED` when there are more entries than that.
    package func list(_ key: ObjectKey, recursive: Bool) async throws -> [ObjectListing] {
        var listings: [[UInt8]: ObjectListing] = [:]
        let folder = client.location.folderName(of: key)
        var namesSeen = 0
        try await eachPage(of: folder, in: key, isFlat: recursive) { page in
            let (objects, prefixes) = (page.all("Contents"), page.all("CommonPrefixes"))
            // Names that are no keys count too: nobody may make this go on without end.
            namesSeen += objects.count + prefixes.count
            for object in objects {
                guard let name = Self.name(object["Key"], of: page, in: folder),
                    let size = object["Size"].flatMap({ Int64($0) })
                else { continue }
                Self.note(name, of: key, size: size, etag: object["ETag"], in: &listings)
            }
            for prefix in prefixes {
                guard let name = Self.name(prefix["Prefix"], of: page, in: folder) else { continue }
                Self.note(name, of: key, size: 0, etag: nil, in: &listings)
            }
            guard max(namesSeen, listings.count) <= ObjectListing.countMax else {
                throw MartletError.tooManyListings(key)
            }
        }
        return listings.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Removes an object, or a folder with all that is in it. It is well when nothing is there.
    ///
    /// A folder disappears piece by piece.
    /// - Throws: `INVALID_PARAMETER_VALUE` for the root.
    package func delete(_ key: ObjectKey) async throws {
        guard !key.isRoot else { throw ObjectKey.invalid }
        let name = client.location.name(of: key)
        try await perform(key) { _ = try await $0.perform(S3Request(method: .DELETE, name: name)) }
        // Each round lists from the start: what was listed before is gone.
        var last: [String] = []
        while true {
            let names = try await firstNames(below: key)
            if names.isEmpty { return }
            guard names != last else {
                throw MartletError(.internalError, "The artifact storage keeps what was deleted in '\(key)'")
            }
            try await delete(names, of: key)
            last = names
        }
    }

    private func firstNames(below key: ObjectKey) async throws -> [String] {
        let query: [SignatureV4.Field] = [
            ("list-type", "2"), ("encoding-type", "url"), ("max-keys", String(Self.pageMax)),
            ("prefix", client.location.folderName(of: key)),
        ]
        return try await perform(key) { client in
            let page = try await client.document(S3Request(method: .GET, query: query))
            return page.all("Contents").compactMap { Self.decoded($0["Key"], of: page) }
        }
    }

    private func delete(_ names: [String], of key: ObjectKey) async throws {
        let plain = names.filter(XMLNode.isPlain)
        if !plain.isEmpty { try await deleteTogether(plain, of: key) }
        for name in names where !XMLNode.isPlain(name) {
            try await perform(key) { _ = try await $0.perform(S3Request(method: .DELETE, name: name)) }
        }
    }

    private func deleteTogether(_ names: [String], of key: ObjectKey) async throws {
        let objects = names.map { "<Object><Key>\(XMLNode.escaped($0))</Key></Object>" }.joined()
        let body = ByteBuffer(string: "<Delete><Quiet>true</Quiet>\(objects)</Delete>")
        let digest = Base64.encode(Array(Insecure.MD5.hash(data: Array(body.readableBytesView))))
        let request = S3Request(
            method: .POST,
            query: [("delete", "")],
            headers: [("content-md5", digest), ("content-type", "application/xml")],
            body: body
        )
        try await perform(key) { client in
            guard let refused = try await client.document(request).all("Error").first else { return }
            throw S3Error(
                status: 400,
                code: refused["Code"] ?? "",
                operation: request.summary,
                message: "\(refused["Key"] ?? ""): \(refused["Message"] ?? "")"
            )
        }
    }

    func eachPage(
        of prefix: String,
        in key: ObjectKey,
        isFlat: Bool,
        _ take: (XMLNode) throws -> Void
    ) async throws {
        var query: [SignatureV4.Field] = [("list-type", "2"), ("encoding-type", "url"), ("prefix", prefix)]
        if !isFlat { query.append(("delimiter", "/")) }
        var token: String?
        repeat {
            var asked = query
            if let token { asked.append(("continuation-token", token)) }
            let page = try await perform(key) { [asked] client in
                try await client.document(S3Request(method: .GET, query: asked))
            }
            try take(page)
            token = page["IsTruncated"] == "true" ? page["NextContinuationToken"] : nil
        } while token != nil
    }

    /// A key as it is; nil for one that is not UTF-8. Not every server encodes keys when it is asked to.
    private static func decoded(_ text: String?, of page: XMLNode) -> String? {
        page["EncodingType"]?.lowercased() == "url" ? text.flatMap(PercentEncoding.decodeForm) : text
    }

    /// What follows `folder` in a key of a page; nil for the folder itself and what is not UTF-8.
    static func name(_ text: String?, of page: XMLNode, in folder: String) -> String? {
        guard let whole = decoded(text, of: page), whole.utf8.starts(with: folder.utf8) else {
            return nil
        }
        let name = String(decoding: whole.utf8.dropFirst(folder.utf8.count), as: UTF8.self)
        return name.isEmpty ? nil : name
    }

    /// Notes what is called `name`, and the folders on the way to it. A name with a slash at its end is a folder's.
    private static func note(
        _ name: String,
        of folder: ObjectKey,
        size: Int64,
        etag: String?,
        in listings: inout [[UInt8]: ObjectListing]
    ) {
        let isFolder = name.utf8.last == UInt8(ascii: "/")
        let path = isFolder ? String(decoding: name.utf8.dropLast(), as: UTF8.self) : name
        guard isKey(path, in: folder) else { return }
        var parts = path.unicodeScalars.split(separator: "/").map(String.init)
        if !isFolder {
            listings[Array(path.utf8)] = ObjectListing(name: path, isDirectory: false, size: size, etag: etag)
            parts.removeLast()
        }
        while !parts.isEmpty {
            let above = parts.joined(separator: "/")
            guard listings[Array(above.utf8)]?.isDirectory != true else { return }
            listings[Array(above.utf8)] = ObjectListing(name: above, isDirectory: true, size: nil, etag: nil)
            parts.removeLast()
        }
    }

    /// Whether a key leads to exactly this name.
    private static func isKey(_ path: String, in folder: ObjectKey) -> Bool {
        do {
            let key = try folder.appending(decoded: path)
            let whole = folder.isRoot ? path : "\(folder)/\(path)"
            return key.description.utf8.elementsEqual(whole.utf8)
        } catch {
            return false
        }
    }
}
