import Kernel

/// The items of a list that the server hands out page by page, in its order.
///
/// A page is asked for when its first item is; whoever stops early asks for no more.
package struct Pages<Item: Record>: AsyncSequence, Sendable {
    package typealias Element = Item

    private let member: String
    private let fetch: @Sendable (_ token: String?) async throws(ClientError) -> JSON

    /// A list whose pages `fetch` gets, their items in `member`.
    init(_ member: String, _ fetch: @escaping @Sendable (_ token: String?) async throws(ClientError) -> JSON) {
        self.member = member
        self.fetch = fetch
    }

    package func makeAsyncIterator() -> Iterator { Iterator(member: member, fetch: fetch) }

    /// The first `limit` items, or all of them, and whether more follow.
    package func gather(_ limit: Int?) async throws -> (items: [Item], more: Bool) {
        var items: [Item] = []
        for try await item in self {
            if items.count == limit { return (items, true) }
            items.append(item)
        }
        return (items, false)
    }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let member: String
        fileprivate let fetch: @Sendable (String?) async throws(ClientError) -> JSON
        private var items: ArraySlice<JSON> = []
        private var token: String?
        private var isLast = false

        fileprivate init(member: String, fetch: @escaping @Sendable (String?) async throws(ClientError) -> JSON) {
            self.member = member
            self.fetch = fetch
        }

        package mutating func next() async throws(ClientError) -> Item? {
            // A page may be empty although others follow it.
            while items.isEmpty {
                if isLast { return nil }
                let page = try await fetch(token).objectValue
                items = (page?[member]?.arrayValue ?? [])[...]
                let next = page?["next_page_token"]?.stringValue ?? ""
                // A server that names the same page again would be asked for ever.
                isLast = next.isEmpty || next == token
                token = next
            }
            return items.popFirst().map { Item($0) }
        }
    }
}
