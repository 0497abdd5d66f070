import Foundation
import Glibc
import Martlet

extension ClientError {
    /// The failure to do something with the file or the folder at `path`, in the system's own words.
    init(_ path: String, cannotBe deed: String, _ error: any Error) {
        self.init(.file, "\(path) can't be \(deed): \(Self.reason(error)).")
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? POSIXError { return String(cString: strerror(error.code.rawValue)) }
        if let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error { return reason(cause) }
        let text = error.localizedDescription
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
