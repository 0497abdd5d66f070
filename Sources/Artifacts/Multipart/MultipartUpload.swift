import Kernel
import ObjectStore

/// A file that is sent in parts: from its announcement until it is there, is given up or has expired.
struct MultipartUpload: Sendable {
    /// The most parts of a file.
    static let partsMax = 10_000
    /// The largest part, as in S3.
    static let partBytesMax: Int64 = 5 << 30
    /// How long after its announcement the file must be there.
    static let lifetimeMs: Int64 = 24 * 3_600_000
    /// The most that may go on at once, on all servers of a database.
    static let openMax = 1000

    /// 32 hexadecimal characters of 128 random bits.
    let id: String
    /// Where the file will be.
    let key: ObjectKey
    let partCount: Int
    /// Of the secret that allows to send parts.
    let right: ContentDigest
    let expiresAt: Timestamp
    /// Of the list of parts that it is being, or was, put together of; nil before that.
    let composition: ContentDigest?
    /// When the file was there; nil before that.
    let completedAt: Timestamp?
}

/// A part that has arrived.
struct UploadedPart: Hashable, Sendable {
    let number: Int
    /// Its name among the parts of its upload; a part that is sent again has another.
    let name: String
    let size: Int64
    let digest: ContentDigest
}

/// An upload in parts that has just been announced, at the one moment at which its secret is known.
package struct NewMultipartUpload: Sendable {
    /// Its name, which is no secret.
    package let id: String
    /// What allows to send parts: 64 hexadecimal characters of 256 random bits.
    package let secret: String
    /// How many parts there will be.
    package let partCount: Int
}

/// A part as its sender names it when all have been sent.
package struct NamedPart: Sendable {
    /// From 1.
    package let number: Int64
    /// The tag that came back for it, without quotation marks.
    package let tag: Substring

    /// The part `number` under `etag`, with or without quotation marks.
    package init(number: Int64, etag: String) {
        self.number = number
        // A proxy that changes what it passes on makes a tag a weak one.
        var tag = etag.hasPrefix("W/") ? etag.dropFirst(2) : etag[...]
        if tag.count >= 2, tag.hasPrefix("\""), tag.hasSuffix("\"") { tag = tag.dropFirst().dropLast() }
        self.tag = tag
    }

    /// By which the same list is known again.
    static func composition(_ parts: [NamedPart]) -> ContentDigest {
        ContentDigest(of: parts.map { "\($0.number):\($0.tag)\n" }.joined().utf8)
    }

    /// Those of `parts` that `named` names, in order.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` unless all parts from 1 to `count` are named once, have arrived, and have the
    ///   tags that they are named with.
    static func chosen(_ named: [NamedPart], of parts: [UploadedPart], count: Int) throws -> [UploadedPart] {
        let arrived = Dictionary(parts.map { (Int64($0.number), $0) }) { first, _ in first }
        var chosen: [UploadedPart] = []
        for (index, part) in named.enumerated() {
            guard part.number == Int64(index + 1), index < count else {
                throw refusal("Part \(index + 1) of \(count) is not named, or one is named twice or beyond the last.")
            }
            guard let found = arrived[part.number] else {
                throw refusal("Part \(part.number) of \(count) has not arrived. Send it, then complete the upload.")
            }
            guard part.tag.utf8.elementsEqual(found.digest.hexadecimal.utf8) else {
                throw refusal(
                    "Part \(part.number) has the ETag '\(found.digest.hexadecimal)', not '\(part.tag.prefix(100))'."
                )
            }
            chosen.append(found)
        }
        guard chosen.count == count else {
            throw refusal("Part \(chosen.count + 1) of \(count) is not named.")
        }
        return chosen
    }

    private static func refusal(_ message: String) -> MartletError {
        MartletError(.invalidParameterValue, message)
    }
}

/// What senders of parts are told.
extension MartletError {
    /// MLflow's client sends the file whole when an answer begins with these words.
    static func sendWhole(_ reason: String) -> MartletError {
        MartletError(
            .notImplemented,
            "Multipart upload is not supported for the current artifact repository: \(reason). Send the file whole."
        )
    }

    /// The same for an unknown id, a wrong secret and an upload that is over: nobody can find out which ids there are.
    static var noUpload: MartletError {
        MartletError(
            .resourceDoesNotExist,
            "There is no such upload, or it has expired or was given up. Begin another."
        )
    }
}
