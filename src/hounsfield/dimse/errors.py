"""What this room refuses, and how talking to a node can end."""

from hounsfield.kit.errors import Conflict, Invalid, Unavailable


class AeTitleTaken(Conflict):
    """The AE title {ae_title} is registered already. Titles are unique on this server, whoever they belong to."""

    code = "AE_TITLE_TAKEN"
    zh = "AE 标题 {ae_title} 已被登记。同一服务器上的 AE 标题不能重复，无论属于哪个机构。"


class AeTitleOurs(Conflict):
    """{ae_title} is this server's own AE title."""

    code = "AE_TITLE_OURS"
    zh = "{ae_title} 是本服务器自己的 AE 标题。"


class NodeWithoutAddress(Invalid):
    """This node has no address, so it cannot be called. Enter its host and port."""

    code = "NODE_WITHOUT_ADDRESS"
    zh = "该节点没有地址，无法呼叫。请填写主机和端口。"


class NothingToSend(Invalid):
    """There is nothing to send: no such images."""

    code = "NOTHING_TO_SEND"
    zh = "没有可发送的内容：未找到相应影像。"


class TransferNotFailed(Conflict):
    """Only what failed can be ordered again."""

    code = "TRANSFER_NOT_FAILED"
    zh = "只有失败的传输才能重新请求。"


class UnknownKey(Invalid):
    """{keyword} is not a DICOM attribute."""

    code = "UNKNOWN_DICOM_KEYWORD"
    zh = "{keyword} 不是 DICOM 属性。"


class NodeError(Unavailable):
    """The node cannot be talked to."""

    code = "NODE_ERROR"
    zh = "无法与该节点通信。"


class NodeUnreachable(NodeError):
    """Nothing answers at {host}:{port}. Is the node switched on, and does the network let us through?"""

    code = "NODE_UNREACHABLE"
    zh = "{host}:{port} 没有应答。请检查节点是否开启、网络是否连通。"


class NodeRefusesTitle(NodeError):
    """The node does not know our AE title {ours}. Register it there."""

    code = "NODE_REFUSES_OUR_TITLE"
    zh = "该节点不认识我们的 AE 标题 {ours}。请在该节点上登记。"


class NodeHasOtherTitle(NodeError):
    """What answers there is not called {ae_title}. Check the node's AE title."""

    code = "NODE_HAS_OTHER_TITLE"
    zh = "应答方的名称不是 {ae_title}。请核对该节点的 AE 标题。"


class NodeRefuses(NodeError):
    """The node refused the association (result {result}, source {source}, reason {reason})."""

    code = "NODE_REFUSES"
    zh = "该节点拒绝了连接（result {result}，source {source}，reason {reason}）。"


class NodeLacksService(NodeError):
    """The node does not offer {service}."""

    code = "NODE_LACKS_SERVICE"
    zh = "该节点不提供 {service}。"


class NodeSilent(NodeError):
    """The node did not answer in time."""

    code = "NODE_SILENT"
    zh = "该节点未在规定时间内应答。"


class NodeHungUp(NodeError):
    """The node ended the connection ({detail})."""

    code = "NODE_HUNG_UP"
    zh = "该节点中断了连接（{detail}）。"


class NodeFailed(NodeError):
    """The node answered with status {status}: {comment}"""

    code = "NODE_FAILED"
    zh = "该节点返回状态 {status}：{comment}"
